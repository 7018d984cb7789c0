import RoadsteadLoop
import RoadsteadTLS
import RoadsteadWire

extension WebSocketClient {
    /// What a refusal's body may have to be shown.
    private static let maximumRefusal = 4096
    private static let maximumHead = 64 << 10

    /// Connects, and makes the opening handshake.
    ///
    /// - Parameters:
    ///   - address: where to.
    ///   - context: for `wss://`; nil for `ws://`.
    ///   - subprotocols: what to offer, the preferred one first.
    ///   - headers: further header fields; a Host among them goes over the address's own.
    ///   - deadline: when to give up.
    static func open(
        _ address: WebSocketAddress, context: TLSContext?, subprotocols: [String], headers: HeaderFields,
        by deadline: ContinuousClock.Instant
    ) throws(CommandError) -> WebSocketClient {
        let target = ClientConnection.Target.internet(host: address.host, port: address.port)
        let connection = try ClientConnection.open(target, context: context, by: deadline)
        let upgrade = ClientUpgrade(
            host: headers.first("Host") ?? address.hostField, target: address.target, key: randomUpgradeKey(), subprotocols: subprotocols,
            extraHeaders: headers)
        connection.send(upgrade.serialized())
        let (head, rest) = try readHead(from: connection, address: address, by: deadline)
        switch upgrade.verify(head) {
        case .success(let answer):
            return WebSocketClient(
                connection: connection, subprotocol: answer.subprotocol, sessionID: head.headers.first("Roadstead-Session"), early: rest)
        case .failure(.refused(let status)):
            let words = refusal(rest, from: connection)
            let what = words.isEmpty ? "\(status) \(HTTPStatus.reason(status))" : words
            throw .answer(address: address.hostField, reason: "the server refused the WebSocket: \(what)")
        case .failure(let error):
            throw .answer(address: address.hostField, reason: error.explanation)
        }
    }

    private static func readHead(
        from connection: ClientConnection, address: WebSocketAddress, by deadline: ContinuousClock.Instant
    ) throws(CommandError) -> (head: ResponseHead, rest: [UInt8]) {
        var parser = ResponseHeadParser(maximumBytes: maximumHead)
        let advice = address.isSecure ? "" : "; does it speak TLS there? Then connect with wss://"
        while true {
            switch connection.arrival(by: deadline) {
            case nil: throw .answer(address: address.hostField, reason: "no answer to the upgrade in time")
            case .ended(let reason)?: throw .answer(address: address.hostField, reason: "no answer to the upgrade: \(reason)\(advice)")
            case .nothing?: continue
            case .bytes(let bytes)?:
                switch parser.feed(bytes.rawBytes) {
                case .incomplete: continue
                case .complete(let head, let consumed): return (head, Array(bytes.dropFirst(consumed)))
                case .failed(let error):
                    throw .answer(address: address.hostField, reason: "not an HTTP answer: \(error.explanation)\(advice)")
                }
            }
        }
    }

    /// The first line of a refusal's body, which says why; empty if none comes within a second.
    private static func refusal(_ rest: [UInt8], from connection: ClientConnection) -> String {
        let deadline = ContinuousClock.now + .seconds(1)
        var body = rest
        while body.count < maximumRefusal, !body.contains(UInt8(ascii: "\n")), case .bytes(let bytes)? = connection.arrival(by: deadline) {
            body += bytes
        }
        let line = body.prefix(maximumRefusal).prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        return TerminalText.escaped(String(decoding: line, as: UTF8.self))
    }

    /// Sixteen random bytes (RFC 6455 section 4.1).
    private static func randomUpgradeKey() -> String {
        var bytes = [UInt8](repeating: 0, count: 16)
        bytes.withMutableRawBytes { SecureRandom.fill(&$0) }
        return Base64.encode(bytes)
    }
}
