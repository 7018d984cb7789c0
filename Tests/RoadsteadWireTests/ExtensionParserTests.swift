import RoadsteadWire
import TestSupport
import Testing

@Suite("Sec-WebSocket-Extensions")
struct ExtensionParserTests {
    private typealias Parameter = WebSocketExtension.Parameter

    /// What the fields say; nil if one is malformed.
    private static func list(_ values: [String]) -> [WebSocketExtension]? {
        var headers: HeaderFields = ["Host": "x"]
        for value in values { headers.append("sec-websocket-extensions", value) }
        return WebSocketExtension.list(in: headers)
    }

    @Test(
        "RFC 6455 section 9.1 is read",
        arguments: [
            ([], []),
            (["foo"], [WebSocketExtension("foo")]),
            (["foo", "bar; baz=2"], [WebSocketExtension("foo"), WebSocketExtension("bar", [Parameter("baz", "2")])]),
            (["foo, bar; baz=2"], [WebSocketExtension("foo"), WebSocketExtension("bar", [Parameter("baz", "2")])]),
            (["a;b;c=d;b"], [WebSocketExtension("a", [Parameter("b"), Parameter("c", "d"), Parameter("b")])]),
            (["a; b=\"10\""], [WebSocketExtension("a", [Parameter("b", "10")])]),
            (["a; b=\"1\\0\", c"], [WebSocketExtension("a", [Parameter("b", "10")]), WebSocketExtension("c")]),
            (["\t a ;\tb = c , d "], [WebSocketExtension("a", [Parameter("b", "c")]), WebSocketExtension("d")]),
            ([",a,, b,"], [WebSocketExtension("a"), WebSocketExtension("b")]),
            (["a, a"], [WebSocketExtension("a"), WebSocketExtension("a")]),
        ] as [([String], [WebSocketExtension])])
    func reads(_ values: [String], _ expected: [WebSocketExtension]) {
        #expect(Self.list(values) == expected)
    }

    @Test(
        "what does not fit the grammar is refused",
        arguments: [
            "", ",", " , ,", ";", "a;", "a; ;b", "a b", "a; b c", "a; =b", "a; b=", "a; b=,c", "a=b", "a; b=\"", "a; b=\"c", "a; b=\"\"",
            "a; b=\"c d\"", "a; b=\"c,d\"", "a; b=\"c\\", "a; b=\"c\\\"\"", "a; b=\"c\"d", "a; b=c\"d\"", "\"a\"", "a; \"b\"", "a@b", "a/b",
            "é", "a; b==c", "a; b=c=d", "a, b;", "a;b,;c",
        ])
    func refuses(_ value: String) {
        #expect(Self.list([value]) == nil)
        #expect(Self.list(["good", value]) == nil, "one field among others spoils them all")
    }

    @Test("random fields never trap, and what is read is read again from what it says")
    func random() {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        var good = 0
        for _ in 0..<5000 {
            let text = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                ["a", "b1", ";", ",", "=", "\"", "\\", " ", "x"].randomElement(using: &generator) ?? ""
            }.joined()
            guard let extensions = Self.list([text]) else { continue }
            good += 1
            let again = extensions.map { element in
                element.parameters.reduce(element.name) { $0 + ";" + $1.name + ($1.value.map { "=\"\($0)\"" } ?? "") }
            }
            #expect(Self.list([again.joined(separator: ",")]) == extensions, "seed \(seed): \(text)")
        }
        #expect(good > 100, "seed \(seed)")
    }
}
