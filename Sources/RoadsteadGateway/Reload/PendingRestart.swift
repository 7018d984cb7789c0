import RoadsteadConfig

/// Which changes of a configuration a running gateway does not take.
enum PendingRestart {
    /// The top-level keys, in the order of the reference, in which the new configuration differs from the one that the gateway was
    /// started with by more than what a reload changes: the TLS side of listeners and upstreams, and the log's level.
    static func sections(from running: Configuration, to wanted: Configuration) -> [String] {
        let wanted = withoutReloaded(wanted, running)
        let sections: [(String, Bool)] = [
            ("loops", running.loops == wanted.loops), ("listeners", running.listeners == wanted.listeners),
            ("admin", running.admin == wanted.admin), ("routes", running.routes == wanted.routes),
            ("upstreams", running.upstreams == wanted.upstreams), ("authenticators", running.authenticators == wanted.authenticators),
            ("limits", running.limits == wanted.limits), ("drain", running.drain == wanted.drain), ("log", running.log == wanted.log),
        ]
        return sections.compactMap { name, isSame in isSame ? nil : name }
    }

    /// The new configuration with what a reload changes put back.
    private static func withoutReloaded(_ wanted: Configuration, _ running: Configuration) -> Configuration {
        var rest = wanted
        rest.log.level = running.log.level
        for index in rest.listeners.indices {
            let old = running.listeners.first { $0.name == rest.listeners[index].name }
            // TLS where there was none, or none where there was, is another kind of listener.
            if let tls = old?.tls, rest.listeners[index].tls != nil { rest.listeners[index].tls = tls }
        }
        for index in rest.upstreams.indices {
            if let old = running.upstreams.first(where: { $0.name == rest.upstreams[index].name }) { rest.upstreams[index].tls = old.tls }
        }
        return rest
    }
}
