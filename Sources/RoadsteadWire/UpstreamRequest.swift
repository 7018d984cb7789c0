/// What a session asks of each upstream it is attached to, made once from the client's request: a small value, since it is kept as long
/// as the session may need another upstream.
public struct UpstreamRequest: Sendable, Equatable {
    /// Path and query, as the client sent them.
    public let target: String
    /// The subprotocols to offer, the preferred one first.
    public var subprotocols: [String]
    private let lines: [UInt8]

    /// - Parameter headers: the client's fields, without those of the handshake.
    public init(target: String, subprotocols: [String], headers: HeaderFields) {
        self.target = target
        self.subprotocols = subprotocols
        var writer = HeadWriter()
        writer.fields(headers.fields.filter { !ClientUpgrade.isOwn($0.name) })
        // A copy of just its size, without the room for growth that the writer has: it is kept as long as the session.
        var exact: [UInt8] = []
        exact.reserveCapacity(writer.bytes.count)
        exact += writer.bytes
        lines = exact
    }

    /// The request for one attachment.
    /// - Parameters:
    ///   - path: what the endpoint has before every path; empty for nothing.
    ///   - key: the base64 form of 16 random bytes.
    ///   - attach: 1 on the first attachment, 2, 3 … on later ones.
    public func upgrade(host: String, path: String, key: String, attach: Int) -> ClientUpgrade {
        var upgrade = ClientUpgrade(
            host: host, target: path + target, key: key, subprotocols: subprotocols,
            extraHeaders: [HeaderField(name: "Roadstead-Attach", value: String(attach))])
        upgrade.extraLines = lines
        return upgrade
    }
}
