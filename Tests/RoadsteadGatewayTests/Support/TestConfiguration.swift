import RoadsteadConfig

extension Configuration {
    /// One loop, a wss listener on a free port, the admin listener on another, and the route `/echo`; then the test's own changes.
    static func testing(_ change: (inout Configuration) -> Void = { _ in }) -> Configuration {
        var configuration = Configuration()
        configuration.loops = 1
        configuration.listeners = [.testing(isSecure: true)]
        configuration.admin.address = ListenAddress(host: "127.0.0.1", port: 0)
        configuration.routes = [RouteConfiguration(name: "echo", path: "/echo", target: .echo)]
        change(&configuration)
        return configuration
    }

    /// The same with the route `/relay*` to these endpoints.
    static func relaying(to backends: TestBackend..., change: (inout Configuration) -> Void = { _ in }) -> Configuration {
        relaying(to: backends.map(\.url), change: change)
    }

    /// The same with the route `/relay*` to these endpoints. What connects there is a session's: nothing is kept warm or checked.
    static func relaying(to urls: [String], change: (inout Configuration) -> Void = { _ in }) -> Configuration {
        testing { configuration in
            var upstream = UpstreamConfiguration(name: "backend", endpoints: urls.compactMap(EndpointAddress.init))
            upstream.tls.ca = TestCertificates.authority
            upstream.pool.warm = 0
            upstream.health.kind = .none
            configuration.upstreams = [upstream]
            configuration.routes.append(RouteConfiguration(name: "relay", path: "/relay*", target: .upstream("backend")))
            change(&configuration)
        }
    }

    /// The same, but clients are closed with their backends, as by any proxy.
    static func relayingWithoutHold(to backends: TestBackend..., change: (inout Configuration) -> Void = { _ in }) -> Configuration {
        relaying(to: backends.map(\.url)) { configuration in
            configuration.eachRoute { $0.continuity.hold = .zero }
            change(&configuration)
        }
    }

    /// Changes every route.
    mutating func eachRoute(_ change: (inout RouteConfiguration) -> Void) {
        for index in routes.indices { change(&routes[index]) }
    }
}

extension ListenerConfiguration {
    /// A listener on a free port of 127.0.0.1.
    static func testing(isSecure: Bool) -> ListenerConfiguration {
        let pair = CertificateConfiguration(certificate: TestCertificates.certificate, key: TestCertificates.key)
        return ListenerConfiguration(
            name: isSecure ? "secure" : "plain", address: ListenAddress(host: "127.0.0.1", port: 0),
            tls: isSecure ? ListenerTLSConfiguration(certificates: [pair]) : nil)
    }
}
