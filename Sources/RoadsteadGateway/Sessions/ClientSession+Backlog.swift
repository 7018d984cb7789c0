import RoadsteadConfig
import RoadsteadMachines
import RoadsteadWire

// A client that reads more slowly than it is sent: `limits.outbound` and `on_slow_client`.
extension ClientSession {
    private var now: Instant { shard.context.loop.now }

    var readsToTheEnd: Bool { false }

    func connectionBacklogChanged(drains: Bool) {
        if drains { machine.queueDrained(at: now) }
        boundBacklog()
    }

    /// Holds what waits for the client to its limit.
    private func boundBacklog() {
        guard let connection, let route else { return }
        let limits = route.configuration.limits
        let limit = shard.context.bounded(limits.outbound)
        switch limits.onSlowClient {
        case .pause:
            pauseForBacklog(connection.queuedBytes, limit: limit)
        case .dropOldest:
            // What TLS has encrypted can't be taken back, and is bounded by itself.
            if connection.unsealedBytes > limit, machine.isOpen, !isPausedForBacklog {
                // A quarter at a time, so that dropping costs the same for each message however many wait.
                let dropped = connection.dropOldest(to: limit - limit / 4)
                shard.metrics.add(UInt64(dropped), to: shard.cells.slowClientDropped)
                if connection.unsealedBytes > limit - limit / 4 { return pauseForBacklog(.max, limit: limit) }
            }
            pauseForBacklog(connection.unsealedBytes, limit: limit)
        case .close where machine.isOpen:
            if connection.queuedBytes > limit { closeSlow() }
        case .close:
            // It is being closed already, but what its upstream says may still be heard.
            pauseForBacklog(connection.queuedBytes, limit: limit)
        }
    }

    private func pauseForBacklog(_ queued: Int, limit: Int) {
        guard let route else { return }
        if queued > limit, !isPausedForBacklog {
            isPausedForBacklog = true
            shard.metrics.add(1, to: shard.cells.slowClientPaused)
            if route.isEcho { pause(.echoBacklog) } else { upstreamReadingChanged() }
        } else if queued <= limit / 2, isPausedForBacklog {
            isPausedForBacklog = false
            if route.isEcho { resume(.echoBacklog) } else { upstreamReadingChanged() }
        }
    }

    /// Lets go of what waits, and closes the client, which will hardly see why; one that is not open yet is refused.
    func closeSlow() {
        if case .attaching = machine.state {
            return perform(machine.close(code: nil, reason: "no capacity: too many bytes queued", cause: .capacity, by: .gateway, at: now))
        }
        guard machine.isOpen else { return }
        shard.metrics.add(1, to: shard.cells.slowClientClosed)
        connection?.dropUnsent()
        let link = upstream
        perform(
            machine.close(
                code: CloseCode.tryAgainLater.rawValue, reason: "the client does not read what it is sent", cause: .slowClient,
                by: .gateway, at: now))
        // A backend that does not read either holds its queue no longer than its client.
        if let waiting = link?.connection?.queuedBytes, waiting > MemoryBounds.floor { link?.drop() }
    }

    // MARK: - Memory

    /// Bytes that it makes wait in the gateway.
    var heldBytes: Int {
        (connection?.heldBytes ?? 0) + (connection?.unreadBytes ?? 0) + (opening?.early.count ?? 0) + (continuity?.keptBytes ?? 0)
            + (upstream?.connection?.heldBytes ?? 0) + (upstream?.collectedBytes ?? 0) + collectedBytes
    }

    /// Memory became short, or is not any more: its queues may have less, or more.
    func queueLimitsChanged() {
        guard machine.isOpen else { return }
        boundBacklog()
        upstream?.connectionBacklogChanged(drains: false)
        guard let continuity else { return }
        if continuity.isFull { pause(.keptFull) } else { resume(.keptFull) }
    }
}
