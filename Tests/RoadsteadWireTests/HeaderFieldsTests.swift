import RoadsteadWire
import Testing

@Suite("HeaderFields")
struct HeaderFieldsTests {
    static let fields: HeaderFields = [
        "Host": "a", "Connection": "keep-alive, Upgrade", "X": "1", "connection": " , foo ,", "x": "2", "Quoted": "a;b=\"c, d\\\", e\", f",
    ]

    @Test("names are found without regard to case, in order")
    func lookup() {
        #expect(Self.fields["HOST"] == "a")
        #expect(Self.fields.first("x") == "1")
        #expect(Self.fields.all("X") == ["1", "2"])
        #expect(Self.fields["none"] == nil && Self.fields.all("none").isEmpty)
        #expect(Self.fields.count == 6 && !Self.fields.isEmpty && HeaderFields().isEmpty)
    }

    @Test("lists go over all fields of a name, skip empty elements and respect quotes")
    func lists() {
        #expect(Self.fields.listElements("Connection") == ["keep-alive", "Upgrade", "foo"])
        #expect(Self.fields.listElements("quoted") == ["a;b=\"c, d\\\", e\"", "f"])
        #expect(Self.fields.listElements("none") == [])
        #expect(Self.fields.commaSeparated("quoted") == ["a;b=\"c", "d\\\"", "e\"", "f"])
        #expect(Self.fields.commaSeparated("Connection") == ["keep-alive", "Upgrade", "foo"])
    }

    @Test(
        "a token is found whole and without regard to case",
        arguments: [("upgrade", true), ("FOO", true), ("keep", false), ("", false), ("keep-alive, Upgrade", false)])
    func tokens(token: String, isThere: Bool) {
        #expect(Self.fields.contains("connection", token: token) == isThere)
    }

    @Test("fields are added at the end and removed by name")
    func changes() {
        var fields = Self.fields
        fields.append("Y", "3")
        fields.append(HeaderField(name: "y", value: "4"))
        fields.append(contentsOf: ["Z": "5"])
        fields.removeAll("X")
        fields.removeAll("CONNECTION")
        #expect(fields.map(\.name) == ["Host", "Quoted", "Y", "y", "Z"])
    }
}
