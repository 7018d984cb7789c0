import RoadsteadMachines

// What a loop does when the queues of all sessions together come to too much.
extension ShardCore {
    /// Memory became short, or is not any more, or so short that queues must go.
    func memoryChanged(_ change: MemoryWatch.Change) {
        switch change {
        case .pressed, .relieved:
            for session in Array(sessions.values) { session.queueLimitsChanged() }
        case .overflowed:
            cutLongestQueues()
        }
        context.flushDirty()
        context.publishQueued()
    }

    /// Closes the sessions with the longest queues: as many as it takes to keep the limit, or this loop's share of it, once they are gone.
    private func cutLongestQueues() {
        guard let memory = context.memory else { return }
        for pool in pools { pool.dropClosing(longerThan: MemoryBounds.floor) }
        let queues = sessions.values.filter { $0.machine.isOpen || $0.machine.state == .attaching }.map {
            (session: $0, bytes: $0.heldBytes)
        }
        // What none of them holds is being closed, and goes by itself: nobody is cut for it.
        let leaving = context.queuedBytes - queues.reduce(0) { $0 + $1.bytes }
        let limit = memory.bounds.limit
        var excess = min(memory.queuedBytes - limit, context.queuedBytes - share.part(of: limit)) - leaving
        for queue in queues.sorted(by: { $0.bytes > $1.bytes }) {
            guard excess > 0, queue.bytes > 0 else { break }
            excess -= queue.bytes
            queue.session.closeSlow()
        }
        memory.cutEnded()
    }
}
