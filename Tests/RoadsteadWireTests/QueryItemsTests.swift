import RoadsteadWire
import Testing

@Suite("QueryItems")
struct QueryItemsTests {
    struct Example: Sendable {
        var query: String?
        var items: [String]
    }

    @Test(
        "queries are split and decoded as browsers encode them",
        arguments: [
            Example(query: nil, items: []), Example(query: "", items: []), Example(query: "&&", items: []),
            Example(query: "a=b&c=d", items: ["a", "b", "c", "d"]), Example(query: "a", items: ["a", ""]),
            Example(query: "a=", items: ["a", ""]), Example(query: "=b", items: ["", "b"]), Example(query: "a=b=c", items: ["a", "b=c"]),
            Example(query: "a+b=c+d", items: ["a b", "c d"]), Example(query: "a=%2B%26%3D", items: ["a", "+&="]),
            Example(query: "%C3%A9=%e2%82%ac", items: ["é", "€"]), Example(query: "a=100%&b=%zz%4", items: ["a", "100%", "b", "%zz%4"]),
            Example(query: "a=%FF", items: ["a", "\u{FFFD}"]), Example(query: "a=%00", items: ["a", "\u{0}"]),
        ])
    func decodes(_ example: Example) {
        #expect(QueryItems(example.query).items.flatMap { [$0.name, $0.value] } == example.items)
    }

    @Test("the first of several is found, case counts")
    func lookup() {
        let items = QueryItems("a=1&A=2&a=3")
        #expect(items.first("a") == "1" && items.first("A") == "2" && items.first("b") == nil)
        #expect(items.all("a") == ["1", "3"])
    }
}
