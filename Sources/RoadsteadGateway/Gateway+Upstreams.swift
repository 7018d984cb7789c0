// What operators ask about upstreams, answered for the whole process.
extension Gateway {
    /// Connections and queues of each upstream, all loops together, in the order of the configuration.
    func pools() async -> [PoolSnapshot] {
        var all: [PoolSnapshot] = []
        for shard in shards {
            let pools = await shard.pools()
            all = all.isEmpty ? pools : zip(all, pools).map { $0 + $1 }
        }
        return all
    }

    /// The health of each upstream's endpoints, in the order of the configuration.
    func upstreamHealth() async -> [UpstreamHealthSnapshot] {
        var all: [UpstreamHealthSnapshot] = []
        for (place, endpoints) in await supervisor.snapshot().enumerated() {
            all.append(UpstreamHealthSnapshot(endpoints: endpoints, isPanicking: await supervisor.isPanicking(upstream: place)))
        }
        return all
    }

    /// Wants an endpoint empty, or back.
    func setDraining(_ isDraining: Bool, upstream: Int, endpoint: Int) async {
        if isDraining {
            await supervisor.drain(upstream: upstream, endpoint: endpoint)
        } else {
            await supervisor.undrain(upstream: upstream, endpoint: endpoint)
        }
    }

    /// Evens out an upstream's sessions over its endpoints.
    func rebalance(_ upstream: Int) async {
        for shard in shards { await shard.rebalance(upstream) }
    }
}
