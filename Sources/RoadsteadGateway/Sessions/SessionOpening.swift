import RoadsteadLoop
import RoadsteadWire

/// What a session needs between the accept and the 101, and lets go of after it.
final class SessionOpening {
    private(set) var parser: RequestHeadParser
    /// What reads the PROXY header; `nil` if none is expected, or once it was read.
    var proxyHeader: ProxyHeaderParser?
    /// Whom the request came from: the client, or the nearest proxy before it.
    var nearest: SocketAddress?
    /// The request, once its head is whole.
    var head: RequestHead?
    /// The upgrade it asks for, once that is known to be right.
    var offer: WebSocketOffer?
    /// What came after the head: frames that the client did not wait with.
    private(set) var early = ByteQueue()
    /// The headers that go with the next refusal.
    var pendingRefusal: Refusal?

    /// More than this after the head, and reading waits for the upgrade.
    static let earlyLimit = 64 * 1024

    init(maximumHeadBytes: Int, expectsProxyHeader: Bool) {
        parser = RequestHeadParser(maximumBytes: maximumHeadBytes)
        proxyHeader = expectsProxyHeader ? ProxyHeaderParser() : nil
    }

    func feed(_ bytes: RawSpan) -> HeadProgress<RequestHead> { parser.feed(bytes) }

    func keep(_ bytes: RawSpan) { early.append(bytes) }

    /// Hands over what was kept.
    func takeEarly() -> ByteQueue {
        var taken = ByteQueue()
        swap(&taken, &early)
        return taken
    }

    /// What the request asks with, as soon as that was read, even if the rest of the head never is.
    var method: String? { head?.method ?? parser.method ?? methodInClear }

    /// That of a plain request which came instead of a TLS handshake, if it matters.
    var methodInClear: String?

    /// The refusal's own headers, or those that its status asks for.
    func refusalHeaders(for status: Int) -> [HeaderField] {
        if let pendingRefusal, pendingRefusal.status == status { return pendingRefusal.headers }
        return status == 503 ? [HeaderField(name: "Retry-After", value: "1")] : []
    }
}
