import Testing

@testable import RoadsteadTLS

@Suite("Server names")
struct ServerNamesTests {
    @Test(
        "are found exactly, then by wildcard of one label, in any case",
        arguments: [
            ("a.example", 0), ("A.EXAMPLE", 0), ("b.example", 1), ("x.example", 2), ("both.example", 0), ("x.y.example", nil),
            (".example", nil), ("example", nil), ("", nil), (".", nil), ("*.example", 2), ("sub.a.example", nil), ("a.example.", nil),
        ] as [(String, Int?)])
    func found(name: String, index: Int?) {
        var names = ServerNames()
        names.add(["a.example", "both.example"], index: 0)
        names.add(["B.example", "a.example"], index: 1)
        names.add(["*.Example", "both.example"], index: 2)
        names.add(["*.example"], index: 3)
        #expect(names.index(of: name) == index)
    }
}
