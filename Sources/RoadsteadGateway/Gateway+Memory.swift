import Logging

extension Gateway {
    /// Passes on to all loops, and to the log, what the sum of their queues means.
    func watchMemory() {
        guard let memory = runtime.memory else { return }
        // Weak: shards know the watch, and they would keep each other.
        let shards = shards.map { WeakShard($0) }
        memory.observe { [logger, bounds = memory.bounds] change, queued in
            let metadata: Logger.Metadata = ["queued_bytes": "\(queued)", "limit": "\(bounds.limit)"]
            switch change {
            case .pressed: logger.warning("too many bytes queued; new sessions are refused and queues held short", metadata: metadata)
            case .relieved: logger.notice("bytes queued are within the limit again", metadata: metadata)
            case .overflowed(isFirst: false): break
            case .overflowed(isFirst: true): logger.error("far too many bytes queued; closing the slowest clients", metadata: metadata)
            }
            for shard in shards { shard.value?.memoryChanged(change) }
        }
    }
}

private struct WeakShard: Sendable {
    weak let value: Shard?

    init(_ value: Shard) { self.value = value }
}
