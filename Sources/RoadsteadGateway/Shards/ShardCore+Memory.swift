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
        var queues: [(session: ClientSession, bytes: Int)] = []
        var leaving = 0
        for session in sessions.values {
            // Of what is being closed, the rest goes by itself.
            if session.machine.isOpen { queues.append((session, session.heldBytes)) } else { leaving += session.heldBytes }
        }
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
