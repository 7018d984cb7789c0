import Testing

@testable import RoadsteadConfig

@Suite struct WarningTests {
    /// A line in the place of `…`, and the key that is warned of; nil when nothing is.
    @Test func `an upstream may set every key, and each has its effect`() throws {
        let text = """
            upstreams:
              - name: a
                endpoints: ["ws://h:1"]
                balance: hash:ip
                tls: { verify: false }
                pool: { warm: 0, maximum: 5, idle_timeout: 1s, connect_timeout: 1s, queue_timeout: 1s }
                health: { kind: http, path: /health, interval: 3s, timeout: 2s, rise: 3, fall: 4 }
                outlier: { failures: 6, eject: 5s, maximum_ejected: 40% }
                reconnect: { initial: 50ms, maximum: 20s }
                heartbeat: { interval: 1s, timeout: 1s }
            """
        #expect(try loaded(text).warnings.isEmpty)
    }

    static let routeLines: [(String, String?)] = [
        ("limits: { message: 5, outbound: 2MiB, on_slow_client: pause }", nil),
        ("limits: { messages_per_second: 5, bytes_per_second: 5, on_rate_limit: close, on_slow_client: close }", nil),
        ("compression: { enabled: true }", nil),
        ("continuity: { hold: 10s, buffer: 1MiB, replay_first: 2 }", nil), ("subprotocols: [a]", nil), ("timeouts: { idle: 1s }", nil),
    ]

    @Test(arguments: routeLines)
    func `a key of a route warns while it has no effect`(_ line: String, _ key: String?) throws {
        let warnings = try loaded("routes:\n  - name: a\n    echo: true\n    \(line)\n").warnings
        #expect(warnings.map { $0.prefix { $0 != ":" } } == (key.map { [$0[...]] } ?? []))
    }

    @Test func `limits from the environment count like those from the file`() throws {
        let environment = ["ROADSTEAD_LIMITS_MEMORY": "1GiB", "ROADSTEAD_LIMITS_SESSIONS_PER_ADDRESS": "0"]
        let loaded = try loaded("", environment: environment)
        #expect(loaded.warnings.isEmpty && loaded.configuration.limits.memory == 1 << 30)
    }

    @Test func `a route with authentication says that it lets nobody in`() throws {
        let directory = try TemporaryDirectory()
        let secret = try directory.write("s\n", to: "secret")
        let warnings = try loaded(
            """
            authenticators: [{ name: users, jwt: { keys: [{ secret_file: \(secret) }] } }]
            routes: [{ name: r, echo: true, authentication: users }]
            """
        ).warnings
        #expect(
            warnings == [
                "routes[].authentication: no effect yet: requests to this route are refused with 401 until authentication exists (r.yaml:2:49)",
                "authenticators: no effect yet (r.yaml:1:17)",
            ])
    }

    @Test func `an empty file and the development gateway warn of nothing`() throws {
        #expect(try loaded("").warnings.isEmpty)
        #expect(try loaded(Configuration.developmentText).warnings.isEmpty)
    }
}
