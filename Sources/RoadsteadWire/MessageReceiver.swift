/// The receiving half of one WebSocket (RFC 6455 section 5): bytes become pieces of messages, and control events.
///
/// ```
///             header read                        header read
///   control <------------- header -----------------------------> data
///      |                   ^  |  ^                                |
///      +---- payload read -+  |  +-------- payload read ---------+
///      |                      | violation                         | violation
///      +-- close, violation --+--------------> finished <---------+
/// ```
/// Pull form: call `next` until it returns nil, then bring the next bytes. Each whole message in the buffer costs one call
/// and no allocation; payloads are unmasked where they lie. A header that the buffer cuts off is kept inside.
public struct MessageReceiver: Sendable {
    private enum Stage {
        /// At a frame's header, of which `heldCount` bytes came with earlier buffers. Can become: data, control, finished.
        case header
        /// In the payload of a data frame, of which `remaining` bytes are to come. Can become: header, finished.
        case data
        /// In the payload of a control frame, which is collected in `control`. Can become: header, finished.
        case control
        /// A close or a violation was reported; whatever comes is dropped. Can become: nothing.
        case finished
    }

    /// The most payload bytes that an uncompressed message may have, in all its fragments; `Int.max` for no limit.
    /// A change counts from the next frame on.
    public var maximumMessageSize: Int

    /// Whether a message may be compressed (RFC 7692). Its chunks say so, come as they are, and are not checked for size or UTF-8.
    public var allowsCompression = false

    /// Frames that began and count for a rate: those that end a message, control frames, and fragments with next to nothing in them. Wraps.
    public private(set) var countedFrames: UInt32 = 0

    /// The least payload of a fragment that costs its sender no more than its bytes. What sends fragments for a reason sends larger ones.
    public static let freeFragment = 1024

    private let role: Role
    private var stage = Stage.header
    /// The frame under way; meaningful in `data` and `control`.
    private var frame = IncomingFrame(isFinal: true, opcode: .continuation, payloadLength: 0, maskingKey: 0)
    /// Payload bytes of the frame that are still to come.
    private var remaining = 0
    /// The kind of the message under way; nil between messages.
    private var kind: MessageKind?
    private var isCompressed = false
    /// Payload bytes that the frame headers of the message under way have announced.
    private var announced = 0
    private var deliveredFirst = false
    private var validator = UTF8Validator()
    private var held = InlineArray<14, UInt8>(repeating: 0)
    private var heldCount = 0
    private var control = ControlPayload()

    /// A receiver at the start of a connection.
    public init(role: Role, maximumMessageSize: Int) {
        self.role = role
        self.maximumMessageSize = maximumMessageSize
    }

    /// Whether a message's first chunk was returned and its last was not.
    public var isMidMessage: Bool { deliveredFirst }

    /// Whether the first header of a message was read, of which nothing may have been returned, and the message has not ended.
    public var hasBegunMessage: Bool { kind != nil }

    /// Whether a frame's header was read and its payload was not, to the end.
    public var isMidFrame: Bool {
        switch stage {
        case .data, .control: true
        case .header, .finished: false
        }
    }

    /// Whether a close or a violation was returned: nothing more will come.
    public var isFinished: Bool {
        switch stage {
        case .finished: true
        case .header, .data, .control: false
        }
    }

    /// Finds the next event in `bytes[cursor...]`, unmasks its payload in place and moves `cursor` behind it.
    ///
    /// A message that lies in the buffer whole, in one frame, is one event. Of a frame whose end has not come, what is there
    /// is a chunk. A fragment that is empty and not the last gives no event.
    ///
    /// - Returns: nil when everything was consumed. After a close or a violation, nil for ever.
    @_lifetime(bytes: copy bytes)
    public mutating func next(in bytes: inout MutableRawSpan, cursor: inout Int) -> MessageEvent? {
        precondition(cursor >= 0 && cursor <= bytes.byteCount, "the cursor must lie within the buffer")
        while true {
            switch stage {
            case .header:
                if let violation = readHeader(bytes.bytes, cursor: &cursor) { return finish(.violation(violation)) }
                if stage == .header && cursor == bytes.byteCount { return nil }
            case .data:
                guard remaining == 0 || cursor < bytes.byteCount else { return nil }
                return readData(in: &bytes, cursor: &cursor)
            case .control:
                guard remaining == 0 || cursor < bytes.byteCount else { return nil }
                if let event = readControl(in: &bytes, cursor: &cursor) { return event }
            case .finished:
                cursor = bytes.byteCount
                return nil
            }
        }
    }

    /// The peer broke the protocol in what it compressed: nothing more will come.
    public mutating func stop() { stage = .finished }

    @inline(never)
    private mutating func finish(_ event: MessageEvent) -> MessageEvent {
        stage = .finished
        deliveredFirst = false
        return event
    }
}

// MARK: - Headers

extension MessageReceiver {
    /// Reads a header if all of it is there, else holds what is there.
    @inline(__always)
    private mutating func readHeader(_ bytes: RawSpan, cursor: inout Int) -> ProtocolViolation? {
        guard heldCount == 0 else { return readSplitHeader(bytes, cursor: &cursor) }
        switch decode(bytes, at: cursor) {
        case .complete(let frame, let encodedLength):
            cursor += encodedLength
            begin(frame)
        case .incomplete:
            hold(bytes.extracting(cursor..<bytes.byteCount))
            cursor = bytes.byteCount
        case .violation(let violation):
            return violation
        }
        return nil
    }

    /// Reads on in a header that began in an earlier buffer.
    @inline(never)
    private mutating func readSplitHeader(_ bytes: RawSpan, cursor: inout Int) -> ProtocolViolation? {
        let before = heldCount
        let taken = min(held.count - before, bytes.byteCount - cursor)
        hold(bytes.extracting(cursor..<cursor + taken))
        switch decode(held.span.rawBytes.extracting(first: heldCount), at: 0) {
        case .complete(let frame, let encodedLength):
            cursor += encodedLength - before
            heldCount = 0
            begin(frame)
        case .incomplete:
            cursor += taken
        case .violation(let violation):
            return violation
        }
        return nil
    }

    private mutating func hold(_ bytes: RawSpan) {
        let octets = bytes.octets
        for index in 0..<octets.count {
            held[heldCount + index] = octets[index]
        }
        heldCount += octets.count
    }

    /// Decodes a header, and refuses it at the first byte that shows it to be wrong.
    @inline(__always)
    private func decode(_ bytes: RawSpan, at offset: Int) -> IncomingFrame.Progress {
        let available = bytes.byteCount - offset
        guard available > 0 else { return .incomplete }
        let octets = bytes.octets
        let first = octets[offset]
        let (opcode, violation) = IncomingFrame.checkFirst(first, allowsCompression: allowsCompression)
        if let violation = violation ?? sequenceViolation(opcode) { return .violation(violation) }
        guard available > 1 else { return .incomplete }
        let second = octets[offset + 1]
        if let violation = IncomingFrame.checkSecond(second, opcode: opcode, role: role) { return .violation(violation) }
        let short = second & 0x7F
        let lengthEnd = 2 + IncomingFrame.extendedLengthBytes(short: short)
        guard available >= lengthEnd else { return .incomplete }
        let (payloadLength, lengthViolation) = IncomingFrame.payloadLength(short: short, in: bytes, at: offset + 2)
        if let lengthViolation { return .violation(lengthViolation) }
        if !opcode.isControl && payloadLength > max(0, maximumMessageSize) - announced && !isOfCompressedMessage(first) {
            return .violation(.messageTooBig(limit: maximumMessageSize))
        }
        var frame = IncomingFrame(
            isFinal: first & 0x80 != 0, isCompressed: first & 0x40 != 0, opcode: opcode, payloadLength: payloadLength, maskingKey: 0)
        switch role {
        case .client:
            return .complete(frame, encodedLength: lengthEnd)
        case .server:
            guard available >= lengthEnd + 4 else { return .incomplete }
            frame.maskingKey = UInt32(littleEndian: bytes.integer(at: offset + lengthEnd, as: UInt32.self))
            return .complete(frame, encodedLength: lengthEnd + 4)
        }
    }

    /// Fragments of one message follow each other; only control frames may come between (section 5.4).
    @inline(__always)
    private func sequenceViolation(_ opcode: Opcode) -> ProtocolViolation? {
        switch opcode {
        case .continuation: kind == nil ? .unexpectedContinuation : nil
        case .text, .binary: kind == nil ? nil : .expectedContinuation
        case .close, .ping, .pong: nil
        }
    }

    /// What a compressed message comes to is known when it is inflated; in small fragments it may be larger than that on the wire.
    private func isOfCompressedMessage(_ first: UInt8) -> Bool { kind == nil ? first & 0x40 != 0 : isCompressed }

    @inline(__always)
    private mutating func begin(_ frame: IncomingFrame) {
        self.frame = frame
        remaining = frame.payloadLength
        if frame.isFinal || frame.payloadLength < Self.freeFragment { countedFrames &+= 1 }
        switch frame.opcode {
        case .close, .ping, .pong:
            control.reserve(frame.payloadLength)
            stage = .control
            return
        case .text:
            kind = .text
            isCompressed = frame.isCompressed
        case .binary:
            kind = .binary
            isCompressed = frame.isCompressed
        case .continuation: break
        }
        if !isCompressed { announced += frame.payloadLength }
        // An empty fragment says nothing unless it ends its message.
        if frame.payloadLength > 0 || frame.isFinal { stage = .data }
    }
}

// MARK: - Payloads

extension MessageReceiver {
    @inline(__always)
    @_lifetime(bytes: copy bytes)
    private mutating func readData(in bytes: inout MutableRawSpan, cursor: inout Int) -> MessageEvent {
        let taken = min(remaining, bytes.byteCount - cursor)
        let payload = cursor..<cursor + taken
        let topBits = unmask(&bytes, in: payload)
        cursor += taken
        remaining -= taken
        let isLast = remaining == 0 && frame.isFinal
        guard let kind else { preconditionFailure("a data frame is always part of a message") }
        switch kind {
        case .binary: break
        case .text where isCompressed: break
        case .text:
            let isASCII = topBits.map { $0 & 0x8080_8080_8080_8080 == 0 } ?? false
            guard isASCII && validator.isComplete || validator.append(bytes.bytes.extracting(payload)), !isLast || validator.isComplete
            else {
                return finish(.violation(.invalidUTF8))
            }
        }
        var chunk = MessageChunk(kind: kind, payload: payload, isFirst: !deliveredFirst, isLast: isLast, maskingKey: frame.maskingKey)
        chunk.isCompressed = isCompressed
        deliveredFirst = !isLast
        if remaining == 0 { stage = .header }
        if isLast {
            self.kind = nil
            announced = 0
        }
        return .data(chunk)
    }

    @inline(never)
    @_lifetime(bytes: copy bytes)
    private mutating func readControl(in bytes: inout MutableRawSpan, cursor: inout Int) -> MessageEvent? {
        let taken = min(remaining, bytes.byteCount - cursor)
        let payload = cursor..<cursor + taken
        _ = unmask(&bytes, in: payload)
        control.append(bytes.bytes.extracting(payload))
        cursor += taken
        remaining -= taken
        guard remaining == 0 else { return nil }
        stage = .header
        let collected = control
        control = ControlPayload()
        switch frame.opcode {
        case .ping: return .ping(collected)
        case .pong: return .pong(collected)
        case .close:
            do {
                return finish(.close(try CloseFrame(validating: collected)))
            } catch {
                return finish(.violation(error))
            }
        case .continuation, .text, .binary: preconditionFailure("only control frames are collected")
        }
    }

    /// Unmasks the next payload bytes of the frame, if its sender had to mask them.
    ///
    /// - Returns: the union of the bytes' bits in eight lanes; nil if nobody has looked at them.
    @inline(__always)
    @_lifetime(bytes: copy bytes)
    private func unmask(_ bytes: inout MutableRawSpan, in payload: Range<Int>) -> UInt64? {
        switch role {
        case .client: nil
        case .server:
            Masking.applyCollectingBits(key: frame.maskingKey, phase: frame.payloadLength - remaining, to: &bytes, in: payload)
        }
    }
}
