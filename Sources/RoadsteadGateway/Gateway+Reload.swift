import Logging
import RoadsteadConfig
import RoadsteadTLS

// Reading the configuration again while sessions go on.
extension Gateway {
    /// Reads the configuration again and takes what can be changed now: the TLS side of listeners and upstreams, and, through its source,
    /// the log's level. A configuration with a mistake changes nothing. Reloads come one after the other.
    ///
    /// - Parameter trigger: who asked, for the log.
    public func reload(by trigger: String) async -> ReloadOutcome {
        await reloads.run { [weak self] in await self?.reloadNow(by: trigger) ?? .unavailable("the gateway has ended") }
    }

    private func reloadNow(by trigger: String) async -> ReloadOutcome {
        guard isReady else { return unavailable("it is starting or draining", trigger) }
        guard let source else { return unavailable("its configuration comes from no file", trigger) }
        switch source.read() {
        case .failure(let refusal):
            return refused(refusal, trigger)
        case .success(let loaded):
            do throws(TLSError) {
                let listeners = try listeners(of: loaded.configuration)
                let upstreams = try upstreamTLS(of: loaded.configuration)
                return await take(loaded, listeners, upstreams, trigger)
            } catch {
                // Every file has been looked at a moment ago, and is another one now.
                return refused(ReloadRefusal(errors: ["\(error)"]), trigger)
            }
        }
    }

    /// The running listeners with the TLS side that the configuration gives to their names.
    private func listeners(of configuration: Configuration) throws(TLSError) -> [ListenerRuntime] {
        var listeners = live.withLock { $0.listeners }
        for index in listeners.indices where listeners[index].tls != nil {
            let name = listeners[index].configuration.name
            guard let tls = configuration.listeners.first(where: { $0.name == name })?.tls else { continue }
            listeners[index] = try listeners[index].reloaded(tls)
        }
        return listeners
    }

    /// The client side of the running upstreams' TLS as the configuration has it, in their order; nil where it stays.
    private func upstreamTLS(of configuration: Configuration) throws(TLSError) -> [UpstreamTLS?] {
        var all: [UpstreamTLS?] = []
        for upstream in runtime.upstreams {
            let wanted = configuration.upstreams.first { $0.name == upstream.configuration.name }
            if let wanted, upstream.tls != nil {
                all.append(try UpstreamTLS(wanted.tls))
            } else {
                all.append(nil)
            }
        }
        return all
    }

    private func take(
        _ loaded: LoadedConfiguration, _ listeners: [ListenerRuntime], _ upstreams: [UpstreamTLS?], _ trigger: String
    ) async -> ReloadOutcome {
        for shard in shards { await shard.reloaded(listeners) }
        for (upstream, tls) in zip(runtime.upstreams, upstreams) {
            if let tls { upstream.use(tls) }
        }
        let generation = live.withLock { live in
            live.listeners = listeners
            live.successes += 1
            live.generation += 1
            return live.generation
        }
        source?.taken(loaded.configuration)
        logger.notice("configuration reloaded", metadata: ["by": "\(trigger)", "generation": .stringConvertible(generation)])
        for warning in loaded.warnings { logger.warning("a key has no effect yet", metadata: ["key": "\(warning)"]) }
        let pending = PendingRestart.sections(from: runtime.configuration, to: loaded.configuration)
        if !pending.isEmpty {
            logger.warning("changes wait for a restart", metadata: ["sections": "\(pending.joined(separator: ","))"])
        }
        reviewCertificates()
        return .taken(generation: generation, pendingRestart: pending)
    }

    private func refused(_ refusal: ReloadRefusal, _ trigger: String) -> ReloadOutcome {
        live.withLock { $0.failures += 1 }
        for error in refusal.errors {
            logger.error("configuration refused; the running one stays", metadata: ["by": "\(trigger)", "error": "\(error)"])
        }
        return .refused(refusal)
    }

    private func unavailable(_ reason: String, _ trigger: String) -> ReloadOutcome {
        logger.warning("the gateway does not reload now", metadata: ["by": "\(trigger)", "reason": "\(reason)"])
        return .unavailable(reason)
    }
}
