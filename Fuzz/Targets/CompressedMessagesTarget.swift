import RoadsteadDeflate
import RoadsteadGateway
import RoadsteadWire

/// A stream with compressed messages means the same in whatever pieces it comes, and beside whatever other connection; and what a peer
/// compressed comes out, if it is allowed.
enum CompressedMessagesTarget {
    static func run(_ bytes: [UInt8]) {
        guard bytes.count > 2 else { return }
        let terms = Terms(bytes[0], bytes[1])
        guard bytes[0] & 0x20 != 0 else {
            compare(terms, Pieces(Array(bytes[2...])))
            return
        }
        let peer = PeerMessages(Array(bytes[3...]), terms)
        let whole = compare(terms, Pieces([bytes[2]] + peer.stream))
        precondition(whole.events == peer.expected, "what was sent does not come out")
        let isExpected = whole.violation.map(peer.failures.contains) ?? peer.failures.isEmpty
        precondition(isExpected, "\(whole.violation as Any), not \(peer.failures)")
    }

    /// What a connection agreed on, and how its owner reads.
    struct Terms {
        let role: Role
        let windowBits: Int
        let keepsContext: Bool
        let limit: Int
        /// Events after which the owner puts the rest off, as one does whose other side is slow.
        let patience: Int
        /// Whether one connection reads in the midst of the other, on the same loop.
        let isShared: Bool

        private static let limits = [0, 1, 125, 300, 5000, 65_535, 65_536, 65_537, 1 << 18, 1 << 20, .max]

        /// A connection to a server that needs a window of this size, and keeps nothing.
        var another: Terms { Terms(UInt8(windowBits - 8) << 1 | 1, 4) }

        init(_ options: UInt8, _ sizes: UInt8) {
            role = options & 1 == 0 ? .server : .client
            windowBits = 8 + Int(options >> 1) % 8
            keepsContext = options & 0x10 != 0
            limit = Self.limits[Int(sizes & 15) % Self.limits.count]
            patience = sizes >> 4 == 0 ? .max : Int(sizes >> 4)
            isShared = options & 0x40 == 0
        }
    }

    /// A compressed message of a server's.
    private static let secret: [UInt8] = {
        let payload = (0..<2000).map { UInt8(truncatingIfNeeded: $0) }
        let compressed = DeflateTarget.deflate(payload, 0..<payload.count, Deflater(windowBits: 9), room: 4096).dropLast(4)
        return [0xC2, 126, UInt8(compressed.count >> 8), UInt8(compressed.count & 255)] + compressed
    }()

    @discardableResult
    private static func compare(_ terms: Terms, _ pieces: Pieces) -> CompressedConnection {
        let pool = CompressionPool()
        // What another peer said before must not show.
        let other = CompressedConnection(terms.another, pool)
        other.receive(secret[...])
        precondition(other.events.count == 1)
        let cut = CompressedConnection(terms, pool)
        let whole = CompressedConnection(terms, terms.isShared ? pool : CompressionPool())
        let middle = pieces.ranges.count / 2
        for range in pieces.ranges[..<middle] { cut.receive(pieces.content[range]) }
        whole.receive(pieces.content[...])
        for range in pieces.ranges[middle...] { cut.receive(pieces.content[range]) }

        precondition(zip(whole.events, cut.events).allSatisfy(==), "messages differ with their pieces")
        // With a smaller window zlib lets a sender refer further back than it may, as far as the output happens to lie there still.
        let isLenient = terms.windowBits < 15 && (whole.violation == .corruptCompression || cut.violation == .corruptCompression)
        guard whole.events.count == cut.events.count else {
            precondition(isLenient, "\(whole.events.count) events, in pieces \(cut.events.count)")
            return whole
        }
        // Of a message that breaks off in a violation, how much was passed on before depends on the pieces.
        let count = min(whole.message.count, cut.message.count)
        precondition(whole.message.prefix(count) == cut.message.prefix(count), "a message that has not ended differs with its pieces")
        guard !isLenient else { return whole }
        precondition(same(whole.violation, cut.violation), "\(whole.violation as Any), in pieces \(cut.violation as Any)")
        precondition(whole.violation != nil || whole.message.count == cut.message.count, "bytes of a message are held back")
        return whole
    }

    /// Of a message with several faults, which one is found first depends on the pieces.
    private static func same(_ one: ProtocolViolation?, _ other: ProtocolViolation?) -> Bool {
        guard let one, let other, one != other else { return one == other }
        return isOfContent(one) && isOfContent(other)
    }

    private static func isOfContent(_ violation: ProtocolViolation) -> Bool {
        switch violation {
        case .corruptCompression, .invalidUTF8, .messageTooBig: true
        default: false
        }
    }
}
