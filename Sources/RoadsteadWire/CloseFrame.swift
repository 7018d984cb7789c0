/// A close frame that was checked: no payload, or a code allowed on the wire and a reason in UTF-8 (RFC 6455 section 5.5.1).
public struct CloseFrame: Sendable, Equatable {
    /// The most bytes of reason: a control frame's 125 without the code's two.
    public static let maximumReasonLength = 123

    private let payload: ControlPayload

    /// The code; nil if the frame had no payload, which APIs report as 1005.
    public var code: CloseCode? {
        let octets = payload.span
        guard octets.count >= 2 else { return nil }
        return CloseCode(rawValue: UInt16(octets[0]) << 8 | UInt16(octets[1]))
    }

    /// The reason; empty if there was none.
    public var reason: String {
        let octets = payload.span
        guard octets.count > 2, let text = try? UTF8Span(validating: octets.extracting(droppingFirst: 2)) else { return "" }
        return String(copying: text)
    }

    /// The frame's payload, as it is on the wire: to relay or echo it.
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get { payload.bytes }
    }

    /// A close frame to be sent. A reason over 123 bytes is cut at a scalar's end.
    ///
    /// - Parameters:
    ///   - code: the code; nil sends an empty payload, and no reason.
    ///   - reason: words for the peer's log.
    public init(code: CloseCode?, reason: String = "") {
        var payload = ControlPayload()
        if let code {
            payload.append(UInt8(code.rawValue >> 8))
            payload.append(UInt8(code.rawValue & 0xFF))
            for scalar in reason.unicodeScalars {
                let encoded = Unicode.UTF8.encode(scalar) ?? Unicode.UTF8.encodedReplacementCharacter
                guard payload.count + encoded.count <= ControlPayload.maximumCount else { break }
                for byte in encoded { payload.append(byte) }
            }
        }
        self.payload = payload
    }

    /// Checks what a close frame carried.
    init(validating payload: ControlPayload) throws(ProtocolViolation) {
        let octets = payload.span
        guard octets.count != 1 else { throw .invalidClosePayload }
        if octets.count >= 2 {
            let code = UInt16(octets[0]) << 8 | UInt16(octets[1])
            guard CloseCode(rawValue: code).isValidOnWire else { throw .invalidCloseCode(code) }
            var validator = UTF8Validator()
            guard validator.append(payload.bytes.extracting(droppingFirst: 2)), validator.isComplete else { throw .invalidUTF8 }
        }
        self.payload = payload
    }
}
