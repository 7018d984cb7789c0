import Testing

@testable import RoadsteadWire

@Suite("ForwardedFor")
struct ForwardedForTests {
    /// 10.* and fd00::* are proxies; words without a dot or a colon are no addresses.
    private static func isTrusted(_ text: String) -> Bool? {
        guard text.contains(".") || text.contains(":"), !text.contains("_") else { return nil }
        return text.hasPrefix("10.") || text.hasPrefix("fd00:")
    }

    static let lists: [([String], String?)] = [
        ([], nil),
        (["192.0.2.1"], "192.0.2.1"),
        // What the client itself wrote stands further to the left, and is not reached.
        (["203.0.113.9", "192.0.2.1"], "192.0.2.1"),
        (["203.0.113.9", "192.0.2.1", "10.0.0.1", "10.0.0.2"], "192.0.2.1"),
        // Proxies only: the first of them asked.
        (["10.0.0.3", "10.0.0.2"], "10.0.0.3"),
        (["unknown"], nil),
        (["192.0.2.1", "unknown"], nil),
        (["192.0.2.1", "unknown", "10.0.0.1"], "10.0.0.1"),
        (["192.0.2.1", "_hidden", "10.0.0.1"], "10.0.0.1"),
        (["192.0.2.1:4711", "10.0.0.1:80"], "192.0.2.1"),
        (["\"[2001:db8::1]:4711\""], "2001:db8::1"),
        (["[2001:db8::1]"], "2001:db8::1"),
        (["2001:db8::1", "fd00::1"], "2001:db8::1"),
        (["\"192.0.2.1\""], "192.0.2.1"),
    ]

    @Test("the client is the first from the right that is no trusted proxy", arguments: lists)
    func client(_ elements: [String], _ client: String?) {
        #expect(ForwardedFor.client(elements, isTrusted: Self.isTrusted) == client)
    }

    static let texts: [(String, String)] = [
        ("192.0.2.1", "192.0.2.1"), ("192.0.2.1:80", "192.0.2.1"), ("192.0.2.1:", "192.0.2.1:"), ("192.0.2.1:x", "192.0.2.1:x"),
        ("192.0.2.1:123456", "192.0.2.1:123456"), ("::1", "::1"), ("[::1]", "::1"), ("[::1]:8", "::1"), ("[::1]8", "[::1]8"),
        ("[::1", "[::1"),
        ("\"", "\""), ("\"\"", ""), ("unknown", "unknown"), ("", ""),
    ]

    @Test("quotes, brackets and ports are taken off", arguments: texts)
    func address(_ element: String, _ address: String) {
        #expect(ForwardedFor.address(in: element) == address)
    }
}
