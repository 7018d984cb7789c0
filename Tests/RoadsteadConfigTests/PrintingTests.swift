import Testing

@testable import RoadsteadConfig

@Suite struct PrintingTests {
    @Test func `the commented default reads back as the defaults`() throws {
        let configuration = try loaded(Configuration.commentedDefaultYAML()).configuration
        #expect(configuration == Configuration.sample)
        var bare = configuration
        (bare.listeners, bare.routes, bare.upstreams) = ([], [], [])
        #expect(bare == Configuration())
        #expect(configuration.routes == [RouteConfiguration(name: "chat", path: "/chat/*", target: .upstream("chat"))])
        var upstream = configuration.upstreams[0]
        (upstream.name, upstream.endpoints) = ("", [])
        #expect(upstream == UpstreamConfiguration())
    }

    @Test func `the commented default shows every key, with what it does`() {
        let text = Configuration.commentedDefaultYAML()
        let quiet = ["echo"]
        func expectKeys(of fields: [FieldDescription]) {
            for field in fields where !quiet.contains(field.key) {
                #expect(text.contains("\(field.key):"), "\(field.key)")
                expectKeys(of: field.shape.children ?? [])
            }
        }
        expectKeys(of: Configuration.fields.map(\.description))
        #expect(text.contains("# The number of event loops"))
        #expect(text.contains("  # The listener's name in logs and metrics; unique among listeners."))
        #expect(!text.contains("redacted"))
    }

    @Test func `the effective configuration reads back as itself`() throws {
        let directory = try TemporaryDirectory()
        let secret = try directory.write("hunter2\n", to: "secret key")
        let ca = try directory.write("-", to: "ca.pem")
        let text = """
            loops: 3
            listeners:
              - name: a
                address: "[::1]:0"
                proxy_protocol: true
                trusted_proxies: [10.0.0.0/8, "2001:db8::/32", 192.0.2.1]
                tls:
                  certificates: [{ certificate: "a b$$.pem", key: "\\"\\\\\\t" }]
                  minimum_version: "1.3"
                  client_certificates: { mode: required, ca: \(ca) }
              - { name: b, address: "unix:/run/a.sock" }
            admin: { address: "0.0.0.0:1", token_file: "\(secret)", public_metrics: false }
            routes:
              - { name: true, echo: true, origins: ["https://a", "null"], subprotocols: [a, v1.b], timeouts: { idle: 90s, close: 0s } }
              - { name: s, upstream: u, match: { host: "*.Example.com", path: "/~a/*" }, authentication: x, heartbeat: { interval: 0s } }
            upstreams:
              - { name: u, endpoints: ["ws://h/", "wss://[::1]:2/b", "unix:/run/b.sock"], balance: "hash:header:X-Room", outlier: { maximum_ejected: 0% } }
            authenticators:
              - { name: x, jwt: { keys: [{ algorithm: HS512, secret_file: "\(secret)" }], from: ["cookie:t"], issuer: "yes" } }
            limits: { memory: 3GiB, header: 1025 }
            drain: { period: 2h, spread: 1500ms }
            """
        let configuration = try loaded(text).configuration
        let printed = configuration.effectiveYAML()
        #expect(try loaded(printed).configuration == configuration)
        #expect(!printed.contains("hunter2"))
        #expect(printed.split(separator: "\n").filter { $0.hasSuffix("# holds <redacted>") }.count == 2)
        #expect(configuration.admin.token == "hunter2")
    }

    @Test func `secrets do not show when a configuration is described or dumped`() throws {
        let directory = try TemporaryDirectory()
        let secret = try directory.write("hunter2", to: "token")
        let configuration = try loaded("admin: { token_file: \(secret) }").configuration
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(dumped.contains(secret) && !dumped.contains("hunter2"))
        #expect(!String(describing: configuration).contains("hunter2") && !String(reflecting: configuration).contains("hunter2"))
    }

    @Test func `the development gateway is what the design says`() {
        let configuration = Configuration.development
        #expect(configuration.listeners.map(\.address.text) == ["127.0.0.1:8443"])
        #expect(configuration.listeners[0].tls?.certificates[0].certificate == "certs/server.pem")
        #expect(configuration.routes.map(\.match.path) == ["/echo"] && configuration.routes[0].target == .echo)
        #expect(configuration.admin == AdminConfiguration())
    }

    @Test(arguments: [
        ("hunter2", "hunter2"), ("hunter2\n", "hunter2"), ("hunter2\r\n", "hunter2"), ("hunter2\n\n", "hunter2\n"), (" a\n", " a"),
    ])
    func `one newline at the end of a secret's file is not part of it`(_ contents: String, _ secret: String) {
        #expect(FileContents.withoutFinalNewline(Array(contents.utf8)) == Array(secret.utf8))
    }
}
