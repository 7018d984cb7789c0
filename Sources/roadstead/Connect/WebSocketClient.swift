import RoadsteadLoop
import RoadsteadWire

/// The client's side of one open WebSocket over a connection: masks what goes out, collects what comes in.
struct WebSocketClient {
    /// A message larger than this is a mistake of the server's.
    private static let maximumMessageSize = 1 << 30

    /// The connection, for who polls it.
    let connection: ClientConnection
    /// The subprotocol that the server chose.
    let subprotocol: String?
    /// The gateway's name for the session; nil if the server is no Roadstead.
    let sessionID: String?

    private var receiver = MessageReceiver(role: .client, maximumMessageSize: maximumMessageSize)
    /// The text message under way.
    private var text: [UInt8] = []
    /// Bytes of the binary message under way.
    private var binaryCount = 0
    /// Bytes that came in one piece with the server's answer.
    private var early: [UInt8]

    /// A WebSocket whose handshake is done; `early` came behind its answer.
    init(connection: ClientConnection, subprotocol: String?, sessionID: String?, early: [UInt8]) {
        self.connection = connection
        self.subprotocol = subprotocol
        self.sessionID = sessionID
        self.early = early
    }

    /// Sends a message, or a control frame, as one frame with a fresh mask (RFC 6455 section 5.3).
    func send(_ opcode: Opcode, _ payload: some Collection<UInt8>) {
        let key = Self.randomKey()
        let header = FrameHeader(isFinal: true, opcode: opcode, payloadLength: payload.count, maskingKey: key)
        var frame = [UInt8](repeating: 0, count: header.encodedLength)
        frame += payload
        frame.withMutableRawBytes { bytes in
            let start = header.encode(into: &bytes, at: 0)
            Masking.apply(key: key, phase: 0, to: &bytes, in: start..<bytes.byteCount)
        }
        connection.send(frame)
    }

    /// Sends a close frame.
    func sendClose(_ close: CloseFrame) {
        send(.close, close.payload)
    }

    /// Takes one piece of what has come, without waiting. Pings are answered on the way.
    ///
    /// - Returns: nil if nothing is there; else what the piece brought, perhaps no whole message, and why the connection ended, in words, if
    ///   it has.
    mutating func receive() -> (events: [WebSocketEvent], end: String?)? {
        guard early.isEmpty else {
            defer { early = [] }
            return (read(early), nil)
        }
        switch connection.receive() {
        case .bytes(let bytes): return (read(bytes), nil)
        case .nothing: return nil
        case .ended(let reason): return ([], reason)
        }
    }

    private mutating func read(_ bytes: [UInt8]) -> [WebSocketEvent] {
        var bytes = bytes
        var cursor = 0
        var events: [WebSocketEvent] = []
        while let event = bytes.withMutableRawBytes({ receiver.next(in: &$0, cursor: &cursor) }) {
            if let found = read(event, in: bytes) { events.append(found) }
        }
        return events
    }

    private mutating func read(_ event: MessageEvent, in bytes: [UInt8]) -> WebSocketEvent? {
        switch event {
        case .data(let chunk): return collect(chunk, in: bytes)
        case .ping(let payload):
            let payload = [UInt8](payload.bytes)
            send(.pong, payload)
            return .ping(payload.count)
        case .pong(let payload): return .pong([UInt8](payload.bytes))
        case .close(let frame): return .close(frame)
        case .violation(let violation): return .violation(violation)
        }
    }

    private mutating func collect(_ chunk: MessageChunk, in bytes: [UInt8]) -> WebSocketEvent? {
        switch chunk.kind {
        case .text: text += bytes[chunk.payload]
        case .binary: binaryCount += chunk.payload.count
        }
        guard chunk.isLast else { return nil }
        defer {
            text = []
            binaryCount = 0
        }
        switch chunk.kind {
        // The receiver has checked that it is UTF-8.
        case .text: return .text(String(decoding: text, as: UTF8.self))
        case .binary: return .binary(binaryCount)
        }
    }

    private static func randomKey() -> UInt32 {
        var bytes = [UInt8](repeating: 0, count: 4)
        bytes.withMutableRawBytes { SecureRandom.fill(&$0) }
        return bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }
}

extension CloseFrame {
    /// The payload as it is on the wire.
    fileprivate var payload: [UInt8] { [UInt8](bytes) }
}
