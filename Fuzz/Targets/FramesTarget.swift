import RoadsteadWire

/// A stream of frames means the same in whatever pieces it comes, a text that is passed on is UTF-8, and no message is too large.
enum FramesTarget {
    private enum Event: Equatable {
        case message(MessageKind, [UInt8], isWhole: Bool)
        case ping([UInt8])
        case pong([UInt8])
        case close(CloseFrame)
        case violation(ProtocolViolation)
    }

    static func run(_ bytes: [UInt8]) {
        guard let options = bytes.first else { return }
        let pieces = Pieces(Array(bytes.dropFirst()))
        let role: Role = options & 1 == 0 ? .server : .client
        let limit = options & 2 == 0 ? 300 : Int.max
        let mayCompress = options & 4 != 0
        let whole = events(pieces.content, pieces.whole, role, limit, mayCompress)
        let cut = events(pieces.content, pieces.ranges, role, limit, mayCompress)
        precondition(same(whole, cut), "frames differ with their pieces: \(whole), \(cut)")
        for event in whole {
            guard case .message(let kind, let payload, let isWhole) = event else { continue }
            // Of a compressed message the receiver sees no size that says anything.
            precondition(payload.count <= limit || mayCompress)
            if kind == .text, isWhole, !mayCompress { precondition(String(validating: payload, as: UTF8.self) != nil) }
        }
    }

    /// Of a text that breaks off in a violation, how much was passed on before depends on the pieces; all else does not.
    private static func same(_ one: [Event], _ other: [Event]) -> Bool {
        guard one.last == other.last, case .violation? = one.last else { return one == other }
        return withoutFragments(one) == withoutFragments(other)
    }

    private static func withoutFragments(_ events: [Event]) -> [Event] {
        events.filter { if case .message(_, _, isWhole: false) = $0 { false } else { true } }
    }

    private static func events(_ bytes: [UInt8], _ ranges: [Range<Int>], _ role: Role, _ limit: Int, _ mayCompress: Bool) -> [Event] {
        var receiver = MessageReceiver(role: role, maximumMessageSize: limit)
        receiver.allowsCompression = mayCompress
        var (events, message, kind): ([Event], [UInt8], MessageKind?) = ([], [], nil)
        for range in ranges {
            var piece = Array(bytes[range])
            var elements = piece.mutableSpan
            var raw = elements.mutableBytes
            var cursor = 0
            while let event = receiver.next(in: &raw, cursor: &cursor) {
                switch event {
                case .data(let chunk):
                    precondition(chunk.isFirst == (kind == nil) && chunk.payload.upperBound <= raw.byteCount)
                    kind = chunk.kind
                    for index in chunk.payload { message.append(raw.unsafeLoad(fromByteOffset: index, as: UInt8.self)) }
                    guard chunk.isLast else { continue }
                    events.append(.message(chunk.kind, message, isWhole: true))
                    (message, kind) = ([], nil)
                case .ping(let payload): events.append(.ping(payload.span.indices.map { payload.span[$0] }))
                case .pong(let payload): events.append(.pong(payload.span.indices.map { payload.span[$0] }))
                case .close(let frame): events.append(.close(frame))
                case .violation(let violation): events.append(.violation(violation))
                }
            }
            precondition(cursor == raw.byteCount, "bytes are left over")
        }
        if let kind, !message.isEmpty {
            events.insert(.message(kind, message, isWhole: false), at: receiver.isFinished ? events.count - 1 : events.count)
        }
        return events
    }
}
