import RoadsteadDeflate
import RoadsteadWire

/// Messages as a peer sends them, made of a fuzzer's bytes, and what is to come of them.
///
/// Each is made of a byte that says what it is, one that says in how many frames it comes, and one that says how many bytes follow.
struct PeerMessages {
    private(set) var stream: [UInt8] = []
    /// What comes before the first message that is not allowed.
    private(set) var expected: [CompressedConnection.Event] = []
    /// What may be said of that message; empty if there is none.
    private(set) var failures: [ProtocolViolation] = []

    /// Enough for more than a turn; with much more a run takes too long.
    private static let mostBytes = 448 * 1024
    private static let emptyBlock: [UInt8] = [0x00, 0x00, 0x00, 0xFF, 0xFF]

    private let terms: CompressedMessagesTarget.Terms
    private let deflater: Deflater
    private var total = 0

    init(_ bytes: [UInt8], _ terms: CompressedMessagesTarget.Terms) {
        self.terms = terms
        // Senders that promise 8 bits leave messages uncompressed, or take 9.
        deflater = Deflater(windowBits: max(9, terms.windowBits))
        var position = 0
        while position + 3 <= bytes.count, total < Self.mostBytes {
            let end = min(bytes.count, position + 3 + Int(bytes[position + 2]))
            append(bytes[position], fragments: bytes[position + 1], Array(bytes[position + 3..<end]))
            position = end
        }
    }

    private mutating func append(_ what: UInt8, fragments: UInt8, _ content: [UInt8]) {
        let kind: MessageKind = what & 1 == 0 ? .text : .binary
        let exponent = Int(what >> 4)
        var (payload, empties) = (content, 0)
        switch what >> 2 & 3 {
        case 0: break
        case 1: payload = Self.repeated(content, min(1 << exponent, (Self.mostBytes - total) / max(1, content.count)))
        case 2: payload = Self.noise(content, count: min(4 << exponent, Self.mostBytes - total), mask: kind == .text ? 0x7F : 0xFF)
        default: empties = 1 << exponent
        }
        let isCompressed = what & 2 == 0
        let wire = isCompressed ? Self.repeated(Self.emptyBlock, empties) + compress(payload) : payload
        total += max(payload.count, wire.count)

        let wireLimit = terms.limit.multipliedReportingOverflow(by: 8)
        let isTooLong = isCompressed && !wireLimit.overflow && wire.count > wireLimit.partialValue + 65_536
        var faults: [ProtocolViolation] = []
        if payload.count > terms.limit || isTooLong { faults.append(.messageTooBig(limit: terms.limit)) }
        if kind == .text, String(validating: payload, as: UTF8.self) == nil { faults.append(.invalidUTF8) }
        let isExpected = failures.isEmpty
        if isExpected { failures = faults }
        // Whether a ping in the midst of a message that fails is seen depends on where it fails.
        let ping: [UInt8]? = faults.isEmpty && fragments & 1 == 1 ? Array(content.prefix(125)) : nil
        let hasPing = append(kind, wire, isCompressed, fragments: fragments, ping: ping)
        guard isExpected, faults.isEmpty else { return }
        if hasPing, let ping { expected.append(.ping(ping)) }
        expected.append(.message(kind, payload))
    }

    /// - Returns: whether there was a place for the ping.
    private mutating func append(_ kind: MessageKind, _ payload: [UInt8], _ isCompressed: Bool, fragments: UInt8, ping: [UInt8]?) -> Bool {
        // Squared, to have small ones and large ones; and not more than some hundred.
        let length = fragments == 0 ? max(1, payload.count) : max(Int(fragments) * Int(fragments), payload.count / 200)
        let endsEmpty = fragments % 3 == 1
        var (start, hasPing) = (0, false)
        repeat {
            let end = min(payload.count, start + length)
            let isFinal = end == payload.count && !endsEmpty
            let opcode: Opcode = start > 0 ? .continuation : kind == .text ? .text : .binary
            append(opcode, payload[start..<end], isFinal: isFinal, isCompressed: isCompressed && start == 0)
            if let ping, start == 0, !isFinal {
                append(.ping, ping[...], isFinal: true, isCompressed: false)
                hasPing = true
            }
            start = end
        } while start < payload.count
        if endsEmpty { append(.continuation, [], isFinal: true, isCompressed: false) }
        return hasPing
    }

    private mutating func append(_ opcode: Opcode, _ payload: ArraySlice<UInt8>, isFinal: Bool, isCompressed: Bool) {
        let key: UInt32? = terms.role == .server ? 0x9E37_79B9 &* UInt32(truncatingIfNeeded: stream.count + 1) : nil
        let header = FrameHeader(
            isFinal: isFinal, opcode: opcode, payloadLength: payload.count, maskingKey: key, reservedBit1: isCompressed)
        var bytes = [UInt8](repeating: 0, count: FrameHeader.maximumEncodedLength)
        var elements = bytes.mutableSpan
        var space = elements.mutableBytes
        let count = header.encode(into: &space, at: 0)
        stream += bytes[..<count]
        stream += payload
        guard let key else { return }
        var sent = stream.mutableSpan
        var sentBytes = sent.mutableBytes
        Masking.apply(key: key, phase: 0, to: &sentBytes, in: sentBytes.byteCount - payload.count..<sentBytes.byteCount)
    }

    private func compress(_ payload: [UInt8]) -> [UInt8] {
        var compressed = DeflateTarget.deflate(payload, 0..<payload.count, deflater, room: 4096)
        compressed.removeLast(min(4, compressed.count))
        if !terms.keepsContext { deflater.reset() }
        return compressed
    }

    private static func repeated(_ content: [UInt8], _ times: Int) -> [UInt8] {
        guard times > 1 else { return times == 1 ? content : [] }
        let half = repeated(content, times / 2)
        return half + half + (times % 2 == 1 ? content : [])
    }

    /// What can hardly be compressed.
    private static func noise(_ content: [UInt8], count: Int, mask: UInt8) -> [UInt8] {
        var state = content.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } | 1
        return (0..<count).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state >> 32) & mask
        }
    }
}
