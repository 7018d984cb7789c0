import RoadsteadConfig
import Testing

@testable import RoadsteadGateway

@Suite("A changed configuration")
struct PendingRestartTests {
    private static var running: Configuration {
        .testing { configuration in
            configuration.listeners.append(.testing(isSecure: false))
            let endpoints = ["wss://127.0.0.1:1"].compactMap(EndpointAddress.init)
            configuration.upstreams = [UpstreamConfiguration(name: "backend", endpoints: endpoints)]
        }
    }

    /// A change, and the sections that it leaves waiting.
    struct Change: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let sections: [String]
        let apply: @Sendable (inout Configuration) -> Void

        init(_ name: String, _ sections: [String], _ apply: @escaping @Sendable (inout Configuration) -> Void) {
            testDescription = name
            self.sections = sections
            self.apply = apply
        }
    }

    private static let changes = [
        Change("nothing", []) { _ in },
        Change("a certificate", []) { $0.listeners[0].tls?.certificates[0].certificate = "other.pem" },
        Change("client certificates", []) { $0.listeners[0].tls?.clientCertificates.mode = .required },
        Change("an upstream's authority", []) { $0.upstreams[0].tls.ca = "other.pem" },
        Change("the log's level", []) { $0.log.level = .trace },
        Change("the log's format", ["log"]) { $0.log.format = .json },
        Change("TLS taken away", ["listeners"]) { $0.listeners[0].tls = nil },
        Change("TLS added", ["listeners"]) { $0.listeners[1].tls = $0.listeners[0].tls },
        Change("a listener's name", ["listeners"]) { $0.listeners[0].name = "other" },
        Change("the order of listeners", ["listeners"]) { $0.listeners.swapAt(0, 1) },
        Change("a listener's backlog", ["listeners"]) { $0.listeners[0].backlog = 7 },
        Change("an endpoint", ["upstreams"]) { $0.upstreams[0].endpoints = [] },
        Change("another upstream", ["upstreams"]) { $0.upstreams.append(UpstreamConfiguration(name: "other", endpoints: [])) },
        Change("a route", ["routes"]) { $0.routes[0].match.path = "/other" },
        Change("much", ["loops", "admin", "authenticators", "limits", "drain"]) {
            $0.loops = 7
            $0.admin.publicMetrics = false
            $0.authenticators = [AuthenticatorConfiguration()]
            $0.limits.sessions = 7
            $0.drain.spread = .zero
        },
    ]

    @Test("waits for a restart, section by section, but for what a reload changes", arguments: changes)
    func sections(change: Change) {
        var wanted = Self.running
        change.apply(&wanted)
        #expect(PendingRestart.sections(from: Self.running, to: wanted) == change.sections)
    }
}
