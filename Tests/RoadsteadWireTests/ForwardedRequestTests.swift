import RoadsteadWire
import Testing

@Suite("ForwardedRequest")
struct ForwardedRequestTests {
    typealias Context = ForwardedRequest.Context

    static let context = Context(clientAddress: "192.0.2.60", isSecure: true, sessionID: "abc", attach: 1)
    static let added: HeaderFields = [
        "X-Forwarded-For": "192.0.2.60", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "example.com",
        "Forwarded": "for=192.0.2.60;proto=https;host=example.com", "Roadstead-Session": "abc", "Roadstead-Attach": "1",
    ]

    private func forward(_ headers: HeaderFields, _ context: Context = context) -> HeaderFields {
        ForwardedRequest(RequestHead(method: "GET", target: "/", headers: headers), context: context).headers
    }

    @Test("the client's own fields go on in order, and who it is follows them")
    func keepsAndAdds() {
        var expected: HeaderFields = ["Origin": "https://example.com", "Cookie": "a=b", "cookie": "c=d", "User-Agent": "x"]
        expected.append(contentsOf: Self.added)
        #expect(
            forward(["Origin": "https://example.com", "Host": "example.com", "Cookie": "a=b", "cookie": "c=d", "User-Agent": "x"])
                == expected)
    }

    @Test(
        "what concerns only the client's connection, and what only the gateway may say, is dropped",
        arguments: [
            "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
            "Sec-WebSocket-Key", "Sec-WebSocket-Extensions", "SEC-WEBSOCKET-PROTOCOL", "Roadstead-User", "roadstead-anything",
            "Roadstead-Client-Certificate", "ROADSTEAD_CLIENT_CERTIFICATE", "roadstead-client_certificate", "X_Forwarded_For",
            "X-Forwarded-For", "x-forwarded-port", "Forwarded", "Content-Length", "Expect", "X-Real-IP", "x_real-ip", "X_REAL_IP",
            "True-Client-IP", "true_client_ip", "CF-Connecting-IP", "CF_Connecting_IP", "X-Client-IP", "x-client_ip",
            "X-Cluster-Client-IP", "X_Cluster-Client_IP",
        ])
    func drops(_ name: String) {
        #expect(forward(["Host": "example.com", name: "1.2.3.4"]) == Self.added)
    }

    @Test("the subject of a verified client certificate is told, and nothing if there is none")
    func clientCertificate() {
        var context = Self.context
        context.clientCertificate = "CN=bot,O=Harbour"
        let forwarded = forward(["Host": "example.com", "roadstead_client_certificate": "CN=admin"], context)
        #expect(forwarded.all("Roadstead-Client-Certificate") == ["CN=bot,O=Harbour"])
        #expect(forwarded.count == Self.added.count + 1)
    }

    @Test("what Connection names is dropped, but never what the gateway adds")
    func connectionOptions() {
        let forwarded = forward([
            "Host": "example.com", "Connection": "Upgrade, X-Secret", "connection": "X-Other,x-forwarded-for, Roadstead-Session",
            "x-secret": "1",
            "X-OTHER": "2",
        ])
        #expect(forwarded == Self.added)
    }

    @Test("the forwarded fields of a trusted proxy are extended, those of anyone else dropped")
    func trusted() {
        let headers: HeaderFields = [
            "Host": "example.com", "X-Forwarded-For": "203.0.113.7", "x-forwarded-for": "198.51.100.2", "X-Forwarded-Proto": "http",
            "X-Forwarded-Host": "outer.example", "Forwarded": "for=\"[2001:db8::7]\";proto=http",
        ]
        var context = Self.context
        context.trustsForwarded = true
        let forwarded = forward(headers, context)
        #expect(forwarded.all("X-Forwarded-For") == ["203.0.113.7, 198.51.100.2, 192.0.2.60"])
        #expect(forwarded.all("X-Forwarded-Proto") == ["http"])
        #expect(forwarded.all("X-Forwarded-Host") == ["outer.example"])
        #expect(forwarded.all("Forwarded") == ["for=\"[2001:db8::7]\";proto=http, for=192.0.2.60;proto=https;host=example.com"])
        #expect(forward(headers) == Self.added)
    }

    @Test(
        "the client's address in a field of its own goes on from a trusted proxy, but in no spelling that might be somebody else's",
        arguments: [
            ("X-Real-IP", true), ("x-real-ip", true), ("True-Client-IP", true), ("CF-Connecting-IP", true), ("X-CLIENT-IP", true),
            ("X-Cluster-Client-IP", true), ("X_Real_IP", false), ("true-client_ip", false), ("CF_Connecting_IP", false),
            ("x_client-ip", false), ("X-Cluster_Client-IP", false),
        ])
    func trustedAddress(_ name: String, _ goesOn: Bool) {
        var context = Self.context
        context.trustsForwarded = true
        let forwarded = forward(["Host": "example.com", name: "203.0.113.7"], context)
        let expected = goesOn ? ["203.0.113.7"] : []
        #expect(forwarded.all(name) == expected)
        #expect(forwarded.count == Self.added.count + expected.count)
    }

    @Test(
        "names that are only similar are the client's own",
        arguments: ["X-Real-IPs", "Real-IP", "X-Client-IP-Hash", "CF-Connecting-IPv6", "X-Cluster-Client"])
    func similarNames(_ name: String) {
        #expect(forward(["Host": "example.com", name: "1"]).all(name) == ["1"])
    }

    struct Node: Sendable {
        var address: String
        var host: String
        var xForwardedFor: String
        var forwarded: String
    }

    @Test(
        "addresses and hosts are quoted as RFC 7239 section 6 wants it",
        arguments: [
            Node(address: "2001:db8::1", host: "a", xForwardedFor: "2001:db8::1", forwarded: "for=\"[2001:db8::1]\";proto=http;host=a"),
            Node(address: "10.0.0.1", host: "a:8080", xForwardedFor: "10.0.0.1", forwarded: "for=10.0.0.1;proto=http;host=\"a:8080\""),
            Node(address: "::1", host: "[::1]:80", xForwardedFor: "::1", forwarded: "for=\"[::1]\";proto=http;host=\"[::1]:80\""),
            Node(address: "unix:/run/x.sock", host: "a", xForwardedFor: "unknown", forwarded: "for=unknown;proto=http;host=a"),
            Node(address: "", host: "a", xForwardedFor: "unknown", forwarded: "for=unknown;proto=http;host=a"),
        ])
    func nodes(_ node: Node) {
        let context = Context(clientAddress: node.address, isSecure: false, sessionID: "abc", attach: 1)
        let forwarded = forward(["Host": node.host], context)
        #expect(forwarded["X-Forwarded-For"] == node.xForwardedFor)
        #expect(forwarded["Forwarded"] == node.forwarded)
    }

    @Test("the attachment counts up and the user is told if there is one; without a Host there is none to tell")
    func sessionFields() {
        var context = Self.context
        context.attach = 3
        context.user = "ada"
        let forwarded = forward([:], context)
        #expect(forwarded["Roadstead-Attach"] == "3")
        #expect(forwarded["Roadstead-User"] == "ada")
        #expect(forwarded["X-Forwarded-Host"] == nil)
        #expect(forwarded["Forwarded"] == "for=192.0.2.60;proto=https")
    }

    @Test("the attachment is left out when whoever sends the request tells it, and the client's own word for it is dropped")
    func leavesAttachOut() {
        var context = Self.context
        context.attach = nil
        var expected = Self.added
        expected.removeAll("Roadstead-Attach")
        #expect(forward(["Host": "example.com", "Roadstead-Attach": "9"], context) == expected)
    }

    @Test("thousands of options and fields take no more than linear time")
    func manyOptions() {
        var headers: HeaderFields = ["Host": "example.com"]
        for index in 0..<4000 { headers.append("X-\(index)", "") }
        headers.append("Connection", (0..<4000).map { "X-\($0)" }.joined(separator: ","))
        let started = ContinuousClock.now
        #expect(forward(headers) == Self.added)
        #expect(ContinuousClock.now - started < .seconds(5))
    }
}
