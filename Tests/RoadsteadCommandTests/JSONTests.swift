import Testing

@testable import roadstead

struct JSONTests {
    @Test(arguments: [
        "null", "true", "[1,-2.5e+3,0]", "{}", "[]", #"{"a":{"b":[null,false]},"c":"x\"\\\n\u0001"}"#, #""😀é""#,
        #""\u001b\u009f\u2028\u202e\u200d\ufeff\u00ad\udb40\udc41\ud82f\udca0""#,
    ])
    func `What is written compactly reads back and writes the same`(text: String) throws {
        #expect(try #require(JSONParser.parse(text.utf8)).line == text)
    }

    @Test(arguments: [
        (#""\u00e9\ud83d\ude00\/\b""#, JSONValue.text("é😀/\u{8}")), (" [ 1 , 2 ] \n", .list([.number("1"), .number("2")])),
        (#"{"a" : 1, "a":2}"#, .object([JSONMember("a", .number("1")), JSONMember("a", .number("2"))])),
    ])
    func `Escapes and white space are understood`(text: String, expected: JSONValue) {
        #expect(JSONParser.parse(text.utf8) == expected)
    }

    @Test(arguments: [
        "", " ", "nul", "01", "1.", ".5", "+1", "1e", "[1,]", "{,}", "{\"a\"}", "[1 2]", "\"", "\"\n\"", #""\x""#, #""\ud83d""#,
        #""\ude00""#,
        #""\ud83dx""#, #""\u+123""#, "1 2", "'a'", "{a:1}", String(repeating: "[", count: 10_000),
    ])
    func `What is no JSON is refused`(text: String) {
        #expect(JSONParser.parse(text.utf8) == nil)
    }

    @Test func `Bytes that are not UTF-8 are refused`() {
        #expect(JSONParser.parse([0x22, 0xFF, 0x22]) == nil)
    }

    @Test func `A listing names every value by its path and leaves out null`() throws {
        let value = try #require(JSONParser.parse(#"{"id":"x","tls":{"version":"1"},"list":[1,{"a":2}],"none":null}"#.utf8))
        #expect(ValueListing.text(value) == "id           x\ntls.version  1\nlist[0]      1\nlist[1].a    2\n")
    }

    @Test func `A session's row has all that the API says, and a dash for what it does not`() throws {
        let session = try #require(
            JSONParser.parse(
                #"{"id":"I","state":"closed","route":"r","user":null,"remote":"1.2.3.4:5","tls":{"version":"TLSv1.3"},"opened":"T","#
                    .appending(#""rtt_ms":{"smoothed":1.5},"received":{"messages":2,"bytes":2048},"sent":{"messages":0,"bytes":0},"#)
                    .appending(
                        #""queued_bytes":0,"upstream":{"endpoint":"ws://h"},"close":{"closed_by":"client","cause":"normal","code":1000}}"#
                    )
                    .utf8))
        #expect(
            SessionTable.text([session], showsEnds: true) == """
                ID  STATE   ROUTE  USER  REMOTE     TLS      OPENED    RTT      IN   OUT  QUEUED  UPSTREAM  CLOSED BY  CAUSE   CODE
                I   closed  r      -     1.2.3.4:5  TLSv1.3  T       1.5ms  2/2KiB  0/0B      0B  ws://h    client     normal  1000

                """)
    }
}
