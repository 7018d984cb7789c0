import Logging
import Testing

@testable import roadstead

struct LogLineTests {
    @Test(arguments: [
        ("plain", "plain"), ("", "\"\""), ("two words", "\"two words\""), ("a=b", "\"a=b\""), ("say \"x\"", "\"say \\\"x\\\"\""),
        ("C:\\x", "\"C:\\\\x\""), ("a\nlevel=error", "\"a\\nlevel=error\""), ("\u{1B}[31m", "\"\\u001b[31m\""),
        ("\u{2028}", "\"\\u2028\""), ("a\u{202E}b", "\"a\\u202eb\""), ("\u{200B}", "\"\\u200b\""), ("\u{AD}", "\"\\u00ad\""),
        ("\u{E0041}", "\"\\udb40\\udc41\""), ("😀", "😀"), ("é", "é"), ("a\u{A0}b", "\"a\u{A0}b\""), ("127.0.0.1:80", "127.0.0.1:80"),
        ("\r\n", "\"\\r\\n\""),
    ])
    func `A logfmt value stands bare only where it can`(text: String, expected: String) {
        #expect(Logfmt.value(text) == expected)
    }

    @Test(arguments: [("a b", "a_b"), ("", "_"), ("x\n", "x_"), ("a\u{2066}b", "a_b"), ("a=b\"", "a_b_"), ("rtt_ms", "rtt_ms")])
    func `A logfmt key has nothing that would end it`(text: String, expected: String) {
        #expect(Logfmt.key(text) == expected)
    }

    private static let line = LogLine(
        milliseconds: 0, level: "info", message: "a \"b\"",
        fields: JSONValue.members([
            "tls": ["version": "TLSv1.3"], "code": .stringConvertible(1001), "msg": "x y", "list": ["a", "b c"],
            "up": .stringConvertible(true),
            "lag": .stringConvertible(Double.infinity),
        ]))

    @Test func `A logfmt line has flat keys in order, and no name twice`() {
        #expect(
            Self.line.logfmt
                == #"time=1970-01-01T00:00:00.000Z level=info msg="a \"b\"" code=1001 lag=inf list="[\"a\",\"b c\"]" "#
                + #"msg_="x y" tls.version=TLSv1.3 up=true"#)
    }

    @Test func `A JSON line is one object that keeps numbers, booleans and nesting`() {
        #expect(
            Self.line.json
                == #"{"time":"1970-01-01T00:00:00.000Z","level":"info","msg":"a \"b\"","code":1001,"lag":"inf","list":["a","b c"],"#
                + #""msg_":"x y","tls":{"version":"TLSv1.3"},"up":true}"#)
    }
}
