import RoadsteadMachines
import RoadsteadWire

// From the request head to the 101 or the refusal.
extension ClientSession {
    /// Bytes came before the upgrade was answered.
    func receiveHead(_ bytes: RawSpan) {
        guard let opening else { return }
        guard opening.head == nil else { return keepEarly(bytes, opening) }
        switch opening.feed(bytes) {
        case .incomplete:
            break
        case .failed(let error):
            refuse(Refusal(error), cause: .protocolError)
        case .complete(let head, let consumed):
            opening.head = head
            if consumed < bytes.byteCount { keepEarly(bytes.extracting(droppingFirst: consumed), opening) }
            decide(head, opening)
        }
    }

    /// Characters of a header that a session keeps for operators.
    private static let keptLength = 256

    private func keepEarly(_ bytes: RawSpan, _ opening: SessionOpening) {
        opening.keep(bytes)
        shard.context.queuedBytesChanged(by: bytes.byteCount)
        if opening.early.count > SessionOpening.earlyLimit { connection?.pauseReading() }
    }

    /// What came before the upgrade was answered, which nobody keeps any more.
    func takeEarly(_ opening: SessionOpening) -> ByteQueue {
        shard.context.queuedBytesChanged(by: -opening.early.count)
        return opening.takeEarly()
    }

    private func refuse(_ refusal: Refusal, cause: CloseCause) {
        opening?.pendingRefusal = refusal
        perform(
            machine.refused(
                status: refusal.status, explanation: refusal.explanation, cause: cause, by: .gateway, at: shard.context.loop.now))
    }

    private func decide(_ head: RequestHead, _ opening: SessionOpening) {
        opening.nearest = remote
        if listener.configuration.trusts(remote),
            let client = listener.configuration.client(forwardedFor: head.headers.commaSeparated("X-Forwarded-For"))
        {
            remote = client
        }
        let origin = head.headers.first("Origin")
        // Kept as long as the session and longer, so no more than an operator reads.
        userAgent = head.headers.first("User-Agent").map { String($0.prefix(Self.keptLength)) }
        self.origin = origin.map { String($0.prefix(Self.keptLength)) }
        let path = head.readPath
        guard let route = shard.routes.first(where: { $0.matches(host: head.headers.first("Host") ?? "", path: path) }) else {
            return refuse(Refusal(status: 404, explanation: "no route for \(head.path.prefix(Self.keptLength))"), cause: .normal)
        }
        self.route = route
        machine.policy = route.policy
        arm()
        switch UpgradeRequest.evaluate(head) {
        case .failure(let refusal):
            return refuse(refusal, cause: .protocolError)
        case .success(let offer):
            opening.offer = offer
        }
        if let refusal = route.refusal(origin: origin) { return refuse(refusal, cause: .normal) }
        if let (refusal, cause) = shard.refusalOfAnother(self) { return refuse(refusal, cause: cause) }
        guard let pool = route.pool else { return answer(subprotocol: route.chosenSubprotocol(from: opening.offer?.subprotocols ?? [])) }
        machine.attachmentBegan()
        seekFirstUpstream(head, opening, route, pool)
    }

    func answer(subprotocol: String?) {
        guard let offer = opening?.offer, let connection else { return }
        self.subprotocol = subprotocol
        let agreement = route?.compression?.policy.answer(to: offer.extensions)
        let response = UpgradeResponse(
            key: offer.key, subprotocol: subprotocol, compression: agreement,
            headers: [HeaderField(name: "Roadstead-Session", value: id.description)])
        connection.send(response.serialized())
        if opening?.early.count ?? 0 > SessionOpening.earlyLimit { connection.resumeReading() }
        open(agreement)
    }
}
