import RoadsteadLoop
import RoadsteadMachines
import RoadsteadWire

// Who the client is: the PROXY header, X-Forwarded-For, and what its address may have.
extension ClientSession {
    /// The bytes before everything else: the PROXY header.
    func prefaceReceived(_ bytes: RawSpan) -> Int? {
        guard let opening, let parser = opening.proxyHeader else { return 0 }
        var reading = parser
        guard listener.configuration.takesHeader(from: remote) else {
            refuseHeader("untrusted", "a PROXY header may come from trusted_proxies only")
            return nil
        }
        switch reading.feed(bytes) {
        case .incomplete:
            opening.proxyHeader = reading
            return nil
        case .failed(let error):
            refuseHeader(error == .missing ? "missing" : "malformed", error.explanation)
            return nil
        case .complete(let header, let consumed):
            opening.proxyHeader = nil
            guard let client = SocketAddress(header, peer: remote) else {
                refuseHeader("malformed", ProxyHeaderError.malformedLine.explanation)
                return nil
            }
            remote = client
            guard countConnection() else {
                shard.metrics.add(1, to: shard.cells.addressRefusals)
                endedWithHeader = true
                perform(machine.connectionFailed(cause: .capacity, reason: "too many connections from this address", by: .gateway))
                return nil
            }
            return consumed
        }
    }

    private func refuseHeader(_ cause: String, _ reason: String) {
        shard.proxyHeaderFailed(cause, reason, peer: remote)
        endedWithHeader = true
        perform(machine.connectionFailed(cause: .protocolError, reason: reason, by: .gateway))
    }

    /// A client that speaks plain HTTP to a port for TLS gets an answer that it can read.
    func answerInClear() {
        if case .openssl(let tls)? = connection?.transport, tls.beganAsHEAD { opening?.methodInClear = "HEAD" }
        connection?.abandonTLS()
        perform(machine.plaintextReceived(at: shard.context.loop.now))
    }

    /// Counts the connection by its address. False: it has too many.
    func countConnection() -> Bool {
        // A trusted proxy's connections are many clients'.
        guard shard.addresses.isLimited, !listener.configuration.trusts(remote), let key = AddressBudget.Key(remote) else { return true }
        guard shard.addresses.connect(key) else { return false }
        countedConnection = key
        return true
    }

    /// Counts the session by the client's address. False: it has too many.
    func takeAddressSeat() -> Bool {
        guard shard.addresses.isLimited, let key = AddressBudget.Key(remote) else { return true }
        guard shard.addresses.takeSeat(key) else { return false }
        countedSession = key
        return true
    }

    /// Nothing of it is counted any more.
    func leaveAddress() {
        if let key = countedConnection { shard.addresses.disconnect(key) }
        if let key = countedSession { shard.addresses.leave(key) }
        countedConnection = nil
        countedSession = nil
    }
}
