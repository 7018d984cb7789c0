import RoadsteadWire

extension Connection {
    /// Queues a ping whose payload is these eight bytes, big-endian.
    func sendPing(_ payload: UInt64, maskingKey: UInt32?) {
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: payload >> (56 - 8 * $0)) }
        send(FrameHeader(isFinal: true, opcode: .ping, payloadLength: 8, maskingKey: maskingKey), payload: bytes)
    }

    /// Queues the pong that answers a ping.
    func sendPong(_ payload: ControlPayload, maskingKey: UInt32?) {
        let header = FrameHeader(isFinal: true, opcode: .pong, payloadLength: payload.count, maskingKey: maskingKey)
        send(header, payload: payload.bytes)
    }

    /// Queues a close frame; no code means an empty one. A reason too long for the frame is cut between characters.
    func sendClose(code: UInt16?, reason: String, maskingKey: UInt32?) {
        var payload: [UInt8] = []
        if let code {
            payload = [UInt8(code >> 8), UInt8(code & 255)]
            for character in reason.unicodeScalars {
                let encoded = Array(String(character).utf8)
                guard payload.count + encoded.count <= 125 else { break }
                payload += encoded
            }
        }
        let header = FrameHeader(isFinal: true, opcode: .close, payloadLength: payload.count, maskingKey: maskingKey)
        send(header, payload: payload)
    }
}

extension ControlPayload {
    /// The eight bytes of one of our pings; `nil` if it is something else.
    var pingPayload: UInt64? {
        guard count == 8 else { return nil }
        var value: UInt64 = 0
        let bytes = self.bytes
        for index in 0..<8 { value = value << 8 | UInt64(bytes[byte: index]) }
        return value
    }
}
