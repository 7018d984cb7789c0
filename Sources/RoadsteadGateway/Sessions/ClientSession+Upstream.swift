import RoadsteadConfig
import RoadsteadMachines
import RoadsteadMetrics
import RoadsteadWire

// The session's side of its upstreams: the first one, the loss of one, and the next.
extension ClientSession {
    private var now: Instant { shard.context.loop.now }
    private var pool: UpstreamPool? { route?.pool }

    // MARK: - Asking

    /// The head is good: what every upstream is asked is made of it, and the first one is sought.
    func seekFirstUpstream(_ head: RequestHead, _ opening: SessionOpening, _ route: RouteRuntime, _ pool: UpstreamPool) {
        let nearest = opening.nearest ?? remote
        let context = ForwardedRequest.Context(
            clientAddress: nearest.host, isSecure: listener.tls != nil, sessionID: id.description, user: nil,
            clientCertificate: connection?.transport.peerSubject, trustsForwarded: listener.configuration.trusts(nearest))
        let offered = opening.offer?.subprotocols ?? []
        let chosen = route.chosenSubprotocol(from: offered).map { [$0] } ?? []
        upstreamRequest = UpstreamRequest(
            target: head.target, subprotocols: route.configuration.subprotocols.isEmpty ? offered : chosen,
            headers: ForwardedRequest(head, context: context).headers)
        hashKey = Self.hashKey(pool.runtime.configuration.balance, head, remote.host)
        if route.configuration.continuity.hold > .zero {
            continuity = Continuity(route.configuration.continuity, context: shard.context)
        }
        pool.lease(for: self, LeaseRequest(key: hashKey, patience: .queued(until: pool.queueDeadline)))
    }

    private static func hashKey(_ balance: Balance, _ head: RequestHead, _ address: String) -> UInt64? {
        let text: String?
        switch balance {
        case .roundRobin, .leastSessions: text = nil
        case .hashIP: text = address
        case .hashHeader(let name): text = head.headers.first(name)
        case .hashQuery(let name): text = QueryItems(head.query).first(name)
        }
        return text.map { Balancer.key($0.utf8) }
    }

    /// The request for one attachment.
    func upgrade(path: String, host: String, key: String) -> ClientUpgrade {
        guard let upstreamRequest else { preconditionFailure("Whoever has a lease has a request.") }
        var upgrade = upstreamRequest.upgrade(host: host, path: path, key: key, attach: attachCount + 1)
        upgrade.compression = route?.compression?.offer(isOutlived: continuity != nil)
        return upgrade
    }

    /// What was agreed on with the client stays.
    func accepts(_ chosen: String?) -> Bool {
        guard attachCount > 0, route?.configuration.subprotocols.isEmpty == true else { return true }
        return chosen == subprotocol
    }

    /// The upstream is lost: another one is sought, and what the client says is kept.
    func seekAnotherUpstream() {
        guard let continuity, let pool else { return }
        if continuity.isFull { pause(.keptFull) }
        if let coming = continuity.coming {
            continuity.coming = nil
            return reattached(to: coming)
        }
        pool.abandon(self)
        let notBefore = continuity.machine?.outage?.notBefore ?? now
        pool.lease(for: self, LeaseRequest(key: hashKey, patience: .held(notBefore: notBefore), avoided: lastEndpoint))
    }

    // MARK: - Answers of the pool

    /// An upstream is attached: the first one, one instead of a lost one, or one to move to.
    func attached(to link: UpstreamLink, subprotocol: String?) {
        switch machine.state {
        case .attaching: firstAttached(to: link, subprotocol)
        case .detached: reattached(to: link)
        case .open:
            continuity?.coming = link
            link.setReadingPaused(true)
            switchUpstreams()
        case .handshaking, .upgrading, .closing, .closed:
            link.drop()
        }
    }

    private func firstAttached(to link: UpstreamLink, _ subprotocol: String?) {
        upstream = link
        attachCount = 1
        if let continuity, let connection = link.connection, let reconnect = pool?.runtime.configuration.reconnect {
            continuity.machine = ResumeMachine(
                at: now, hold: continuity.configuration.hold, replayFirst: continuity.configuration.replayFirst,
                backoff: Backoff(initial: reconnect.initial, maximum: reconnect.maximum))
            continuity.attach(connection, received: 0, at: now)
        }
        let offered = opening?.offer?.subprotocols ?? []
        let choosesHere = route?.configuration.subprotocols.isEmpty == false
        let agreed = choosesHere ? route?.chosenSubprotocol(from: offered) : subprotocol
        // Later upstreams are offered what this one chose.
        upstreamRequest?.subprotocols = agreed.map { [$0] } ?? []
        answer(subprotocol: agreed)
    }

    private func reattached(to link: UpstreamLink) {
        guard let continuity, let connection = link.connection, let route else { return link.drop() }
        if let outage = continuity.machine?.outage {
            shard.metrics.observe(outage.since.duration(to: now).seconds, in: shard.cells.reattachDuration)
        }
        shard.metrics.add(1, to: route.metrics.reattached)
        upstream = link
        attachCount += 1
        machine.reattached()
        continuity.attach(connection, received: receivedCount.messages, at: now)
        upstreamReadingChanged()
        resume(.keptFull)
        arm()
    }

    /// No upstream could be had.
    func upstreamRefused(_ refusal: PoolRefusal) {
        let retry = refusal.status == 503 ? [HeaderField(name: "Retry-After", value: "1")] : []
        let closedBy: ClosedBy
        switch refusal {
        case .noCapacity, .tooSlow: closedBy = .gateway
        case .noHealthyUpstream, .unreachable, .dropped, .invalid, .declined: closedBy = .upstream
        }
        opening?.pendingRefusal = Refusal(status: refusal.status, explanation: refusal.explanation, headers: retry)
        perform(
            machine.refused(status: refusal.status, explanation: refusal.explanation, cause: .upstreamUnavailable, by: closedBy, at: now))
    }

    // MARK: - What an upstream's end means

    /// Whether the client may still be answering what the upstream said.
    /// - Parameter sent: what the client had been sent before the bytes that are being read.
    func mayAnswer(since sent: TrafficCount) -> Bool {
        machine.isOpen
            && Settling.isWorthwhile(
                isAddressed: sentCount.messages > 0, isAddressedNow: sentCount.messages != sent.messages, lastActive: machine.lastActive,
                at: now)
    }

    /// The upstream is lost.
    func upstreamLost(_ link: UpstreamLink, _ words: String) {
        guard link === upstream else { return upstreamLeft(link) }
        shard.upstreamLost(self, words)
        lastEndpoint = link.endpoint
        upstream = nil
        guard let continuity, let connection = link.connection else {
            return perform(machine.upstreamLost(holdUntil: nil, at: now))
        }
        let canGoOn = continuity.lose(connection, received: receivedCount.messages) && !link.isStreamingToClient
        resume(.upstreamBacklog)
        if !canGoOn { countReattachment("cut") }
        let until = continuity.machine?.lost(at: now, using: &shard.context.random)
        perform(machine.upstreamLost(holdUntil: canGoOn ? until : nil, at: now))
    }

    /// The upstream broke the protocol.
    func upstreamBroke(_ link: UpstreamLink, _ reason: String) {
        guard link === upstream else { return upstreamLeft(link) }
        lastEndpoint = link.endpoint
        upstream = nil
        let code = CloseCode.internalError.rawValue
        perform(
            machine.close(code: code, reason: "protocol error of the upstream: \(reason)", cause: .protocolError, by: .upstream, at: now))
    }

    /// The upstream, or the one that is being left, closed: its code and reason are the client's.
    func upstreamClosed(_ link: UpstreamLink, code: UInt16?, reason: String) {
        if link === continuity?.leaving {
            continuity?.leaving = nil
        } else {
            guard link === upstream else { return upstreamLeft(link) }
            lastEndpoint = link.endpoint
            upstream = nil
        }
        let cause: CloseCause = code == nil || code == 1000 ? .normal : .upstreamClosed
        perform(machine.close(code: code, reason: reason, cause: cause, by: .upstream, at: now))
    }

    /// The session is ending: its upstreams are told, and nothing is sought or kept any more.
    func releaseUpstream() {
        guard let record = machine.closeRecord else { return }
        pool?.abandon(self)
        lastEndpoint = upstream?.endpoint ?? lastEndpoint
        upstream?.sessionEnded(record)
        upstream = nil
        guard let continuity else { return }
        self.continuity = nil
        upstreamRequest = nil
        continuity.leaving?.sessionEnded(record)
        continuity.coming?.sessionEnded(record)
        continuity.discard()
        guard case .detached = record.stage else { return }
        switch record.cause {
        case .upstreamUnavailable: countReattachment("expired")
        case _: countReattachment(record.closedBy == .client || record.closedBy == .network ? "client_gone" : "closed")
        }
    }

    private func countReattachment(_ result: String) {
        guard let route else { return }
        shard.metrics.add(1, to: shard.metrics.cell(MetricCatalogue.reattachments, [route.configuration.name, result]))
    }

    // MARK: - Moving

    /// Whether it is on its way to another endpoint, by an operator's wish.
    var isMoving: Bool { machine.state == .open && (lease != nil || continuity?.coming != nil) }

    /// Whether it could go on elsewhere, and is not on its way already.
    var canMove: Bool {
        guard let continuity, upstream != nil, !isMoving, continuity.leaving == nil else { return false }
        return machine.state == .open && continuity.isRepeatable
    }

    /// Looks for another endpoint, to move there when it is attached.
    func move() {
        guard canMove, let pool, let upstream else { return }
        pool.lease(for: self, LeaseRequest(key: hashKey, patience: .none, avoided: upstream.endpoint))
    }

    /// Gives up a move that has not found its moment.
    func stay() {
        guard isMoving else { return }
        pool?.abandon(self)
        guard let coming = continuity?.coming else { return }
        continuity?.coming = nil
        coming.session = nil
        coming.setReadingPaused(false)
        coming.leave()
    }

    /// Moves to the upstream that has come, if this is the moment: between two messages, with nothing waiting for the old one.
    func switchUpstreams() {
        guard let continuity, let coming = continuity.coming, let old = upstream, let connection = coming.connection else { return }
        // This may be the moment that was waited for, and come back here.
        old.connection?.flush()
        guard continuity.coming === coming, !isMidStream, old.connection?.queuedBytes == 0 else { return }
        continuity.coming = nil
        continuity.leaving = old
        upstream = coming
        attachCount += 1
        resume(.upstreamBacklog)
        continuity.attach(connection, received: receivedCount.messages, at: now)
        old.leave()
        upstreamReadingChanged()
        countReattachment("moved")
    }

    /// What waited for the upstream has been sent.
    func upstreamDrained() {
        if continuity?.coming != nil { switchUpstreams() }
    }

    /// An upstream that was not, or no longer, the one that messages go to has ended.
    func upstreamLeft(_ link: UpstreamLink) {
        guard let continuity else { return }
        if link === continuity.coming { continuity.coming = nil }
        guard link === continuity.leaving else { return }
        continuity.leaving = nil
        guard !link.isStreamingToClient else {
            countReattachment("cut")
            // Whatever has become of the next one meanwhile: what it says would be taken for the rest of this message.
            return perform(machine.close(code: 1012, reason: "upstream lost", cause: .upstreamLost, by: .upstream, at: now))
        }
        upstreamReadingChanged()
    }

    /// Who may be read depends on the client's backlog, and on whether an upstream that is being left still has something to say.
    func upstreamReadingChanged() {
        continuity?.leaving?.setReadingPaused(isPausedForBacklog)
        upstream?.setReadingPaused(isPausedForBacklog || continuity?.leaving != nil)
    }
}
