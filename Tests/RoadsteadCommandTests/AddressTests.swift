import Testing

@testable import roadstead

struct AddressTests {
    @Test(
        arguments: [
            ("wss://localhost:8443/echo", true, "localhost", 8443, "/echo", "localhost:8443"),
            ("ws://h", false, "h", 80, "/", "h"), ("WSS://h/", true, "h", 443, "/", "h"), ("ws://h?x=1", false, "h", 80, "/?x=1", "h"),
            ("ws://[::1]:80/a?b", false, "::1", 80, "/a?b", "[::1]"), ("wss://[::1]:80", true, "::1", 80, "/", "[::1]:80"),
        ] as [(String, Bool, String, UInt16, String, String)])
    func `A URL is taken apart`(text: String, isSecure: Bool, host: String, port: UInt16, target: String, field: String) throws {
        let address = try WebSocketAddress.parse(text).get()
        #expect(address == WebSocketAddress(isSecure: isSecure, host: host, port: port, target: target))
        #expect(address.hostField == field)
    }

    @Test(arguments: [
        "", "h", "http://h", "ws:/h", "ws://", "ws://:80", "ws://h:0", "ws://h:65536", "ws://h:x", "ws://h:", "ws://u@h", "ws://h/#a",
        "ws://h/a b", "ws://h/é", "ws://[::1", "ws://[]", "ws://::1", "ws://h:+1",
    ])
    func `What is no WebSocket URL is refused`(text: String) {
        #expect(throws: URLFault.self) { try WebSocketAddress.parse(text).get() }
    }

    @Test(arguments: [
        ("http://127.0.0.1:9090", ClientConnection.Target.internet(host: "127.0.0.1", port: 9090), "127.0.0.1:9090"),
        ("http://h/", .internet(host: "h", port: 80), "h:80"), ("[::1]:1", .internet(host: "::1", port: 1), "[::1]:1"),
        ("unix:/run/a", .unix(path: "/run/a"), "localhost"),
    ])
    func `An admin address is taken apart`(text: String, target: ClientConnection.Target, field: String) throws {
        #expect(try AdminAddress.parse(text).get() == AdminAddress(target: target, hostField: field))
    }

    @Test(arguments: ["", "https://h", "http://", "http://h/api", "http://u@h", "http://h:0", "http://h h"])
    func `What is no admin address is refused`(text: String) {
        #expect(throws: URLFault.self) { try AdminAddress.parse(text).get() }
    }

    @Test(arguments: [("a-b_c.d~1", "a-b_c.d~1"), ("a b&c=d/?", "a%20b%26c%3Dd%2F%3F"), ("é\u{1}", "%C3%A9%01")])
    func `What goes into a query is encoded`(text: String, expected: String) {
        #expect(PercentEncoding.encode(text) == expected)
    }

    @Test(arguments: [("A: b", "b"), ("A:b: c", "b: c"), ("A:", ""), ("Host: x", "x")])
    func `A header argument is a name and a value`(text: String, value: String) throws {
        #expect(try #require(HeaderArgument(argument: text)).field.value == value)
    }

    @Test(arguments: ["A", ": b", "A b: c", "A: b\r\nC: d", "Upgrade: x", "sec-websocket-key: x", "CONNECTION: x", "Content-Length: 1"])
    func `A header argument that could break the handshake is refused`(text: String) {
        #expect(HeaderArgument(argument: text) == nil)
    }
}
