import RoadsteadWire

/// One side of a WebSocket over a blocking stream: what the clients and the backends of the tests share.
final class WebSocketPeer {
    let stream: BlockingStream
    private let role: Role
    private var receiver: MessageReceiver
    private var buffer: [UInt8] = []
    private var cursor = 0
    private var message: [UInt8] = []
    /// Whether pings are answered, and then not reported.
    var answersPings = true
    /// The masking key of everything a client sends; another for each test would find nothing more.
    private static let key: UInt32 = 0x3D21_FA37

    init(_ stream: BlockingStream, role: Role) {
        self.stream = stream
        self.role = role
        receiver = MessageReceiver(role: role, maximumMessageSize: .max)
    }

    // MARK: - Sending

    func send(_ text: String) throws { try send(.text, Array(text.utf8)) }

    func send(_ binary: [UInt8]) throws { try send(.binary, binary) }

    /// One frame.
    func send(_ opcode: Opcode, _ payload: [UInt8], isFinal: Bool = true) throws {
        try stream.write(frame(opcode, payload, isFinal: isFinal))
    }

    /// A close frame; `nil` is an empty one.
    func sendClose(_ code: UInt16?, _ reason: String = "") throws {
        let payload = code.map { [UInt8($0 >> 8), UInt8($0 & 255)] + Array(reason.utf8) } ?? []
        try send(.close, payload)
    }

    /// The bytes of a frame as this side sends it.
    func frame(_ opcode: Opcode, _ payload: [UInt8], isFinal: Bool = true) -> [UInt8] {
        let key: UInt32? =
            switch role {
            case .client: Self.key
            case .server: nil
            }
        let header = FrameHeader(isFinal: isFinal, opcode: opcode, payloadLength: payload.count, maskingKey: key)
        var bytes = [UInt8](repeating: 0, count: header.encodedLength) + payload
        withMutableBytes(&bytes) { span in
            let length = header.encode(into: &span, at: 0)
            if let key { Masking.apply(key: key, phase: 0, to: &span, in: length..<length + payload.count) }
        }
        return bytes
    }

    // MARK: - Receiving

    /// The next message, control frame or end. Pings are answered and passed over if `answersPings`.
    func receive() throws -> Incoming {
        while true {
            guard let event = withMutableBytes(&buffer, { receiver.next(in: &$0, cursor: &cursor) }) else {
                buffer = try stream.read()
                cursor = 0
                if buffer.isEmpty, let end = stream.end { return .ended(end) }
                continue
            }
            switch event {
            case .data(let chunk):
                message += buffer[chunk.payload]
                guard chunk.isLast else { continue }
                let whole = message
                message = []
                return chunk.kind == .text ? .text(String(decoding: whole, as: UTF8.self)) : .binary(whole)
            case .ping(let payload):
                guard answersPings else { return .ping(payload.bytes.copied) }
                try send(.pong, payload.bytes.copied)
            case .pong(let payload): return .pong(payload.bytes.copied)
            case .close(let frame): return .close(code: frame.code?.rawValue, reason: frame.reason)
            case .violation(let violation): return .violation(violation)
            }
        }
    }
}
