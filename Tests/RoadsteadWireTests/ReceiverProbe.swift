import RoadsteadWire
import Testing

/// What came out of a receiver, with the chunks of each message put together.
enum Received: Equatable {
    case message(MessageKind, [UInt8])
    case ping([UInt8])
    case pong([UInt8])
    case close(UInt16?, String)
    case violation(ProtocolViolation)
}

/// Feeds a receiver piece by piece and holds it to what its documentation promises of every event.
struct ReceiverProbe {
    var receiver: MessageReceiver
    private(set) var received: [Received] = []
    private(set) var chunkCount = 0
    private var open: (kind: MessageKind, bytes: [UInt8])?

    init(_ role: Role, maximumMessageSize: Int = .max) {
        receiver = MessageReceiver(role: role, maximumMessageSize: maximumMessageSize)
    }

    /// All that comes of `bytes`, fed in these pieces.
    static func run(_ role: Role, _ bytes: [UInt8], in pieces: [Range<Int>], maximumMessageSize: Int = .max) -> [Received] {
        var probe = ReceiverProbe(role, maximumMessageSize: maximumMessageSize)
        for piece in pieces { probe.feed(Array(bytes[piece])) }
        return probe.received
    }

    mutating func feed(_ bytes: [UInt8]) {
        var buffer = bytes
        var cursor = 0
        while let (event, payload) = step(&buffer, &cursor) {
            record(event, payload)
        }
        #expect(cursor == bytes.count, "nil means that everything was consumed")
        #expect(receiver.hasBegunMessage || open == nil)
        #expect(receiver.isMidMessage == (open != nil))
    }

    private mutating func step(_ buffer: inout [UInt8], _ cursor: inout Int) -> (MessageEvent, [UInt8])? {
        let before = cursor
        let event = withMutableBytes(&buffer) { receiver.next(in: &$0, cursor: &cursor) }
        guard let event else { return nil }
        #expect(before <= cursor && cursor <= buffer.count)
        guard case .data(let chunk) = event else { return (event, []) }
        #expect(chunk.payload.lowerBound >= before && chunk.payload.upperBound == cursor)
        return (event, Array(buffer[chunk.payload]))
    }

    private mutating func record(_ event: MessageEvent, _ payload: [UInt8]) {
        switch event {
        case .data(let chunk):
            chunkCount += 1
            #expect(chunk.isFirst == (open == nil))
            #expect(open == nil || open?.kind == chunk.kind)
            #expect(chunk.isLast || !payload.isEmpty, "only a last chunk may be empty")
            let bytes = (open?.bytes ?? []) + payload
            open = chunk.isLast ? nil : (chunk.kind, bytes)
            if chunk.isLast { received.append(.message(chunk.kind, bytes)) }
        case .ping(let control): received.append(.ping(array(control.span)))
        case .pong(let control): received.append(.pong(array(control.span)))
        case .close(let frame):
            received.append(.close(frame.code?.rawValue, frame.reason))
            open = nil
        case .violation(let violation):
            received.append(.violation(violation))
            open = nil
        }
    }
}
