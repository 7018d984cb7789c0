import Testing

@testable import RoadsteadWire

@Suite("IPAddressText")
struct IPAddressTextTests {
    @Test("four numbers of 0 to 255 are an IPv4 address", arguments: ["0.0.0.0", "1.2.3.4", "10.200.30.99", "255.255.255.255"])
    func ipv4(_ text: String) {
        #expect(IPAddressText.isIPv4(Self.slice(text)))
        #expect(!IPAddressText.isIPv6(Self.slice(text)))
    }

    @Test(
        "eight groups, or fewer with one gap, are an IPv6 address",
        arguments: [
            "::", "::1", "1::", "1::8", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:2:3::5:6:7:8", "2001:db8::7",
            "FFFF::aBcD", "0000:0000:0000:0000:0000:0000:0000:0001", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::ffff:192.0.2.1",
            "::1.2.3.4", "64:ff9b::192.0.2.33", "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5::1.2.3.4",
        ])
    func ipv6(_ text: String) {
        #expect(IPAddressText.isIPv6(Self.slice(text)))
        #expect(!IPAddressText.isIPv4(Self.slice(text)))
    }

    @Test(
        "everything else is neither",
        arguments: [
            "", ".", "...", "1", "1.2.3", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.4.5", "1.2.3.4.", "256.1.1.1", "1.2.3.256", "1.2.3.1000",
            "999.999.999.999", "01.2.3.4", "1.2.3.00", "1.2.3.0x4", "1.2.3.a", "1.2.3.-4", "+1.2.3.4", "1.2.3.4 ", " 1.2.3.4", "1,2,3,4",
            "\u{661}.2.3.4", "1.2.3.4\0", "16909060", "localhost",
            ":", ":::", "::::", ":::::", "1:::2", ":::1", "1:::", "1::2::3", "::1::", ":1", "1:", ":1::", "::1:", "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:", ":2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8", "::1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8::",
            "00001::", "12345::", "g::", "::1%lo", "::1%", "[::1]", "::1/128", "::-1", "::1 ", "1.2.3.4::", "1.2.3.4::1", "::1.2.3.4:5",
            "::1.2.3", "::1.2.3.256", "::01.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:6::1.2.3.4", "1:2:3:4:5:1.2.3.4",
        ])
    func neither(_ text: String) {
        #expect(!IPAddressText.isIPv4(Self.slice(text)))
        #expect(!IPAddressText.isIPv6(Self.slice(text)))
    }

    /// The text among other bytes.
    private static func slice(_ text: String) -> ArraySlice<UInt8> { Array("1:\(text):1".utf8)[2..<2 + text.utf8.count] }
}
