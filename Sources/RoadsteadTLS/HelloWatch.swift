/// Looks for a ClientHello that is longer than any client needs: OpenSSL makes room for all of it, up to 128 KiB, as soon as it has read
/// its length, and keeps it while nothing else comes.
///
/// Of records and messages (RFC 8446 sections 5.1 and 4) it knows where they end. What it does not know it leaves to OpenSSL, which ends
/// such a connection, or takes it for a hello as SSL 2.0 had it, which is never longer than its one record.
struct HelloWatch {
    /// In bytes, without the head. Hellos have 2 or 3 KiB. BoringSSL has the same limit where no certificates are asked for.
    static let longest = 16 * 1024
    /// The ticket of a client that showed a certificate has that in it, which has 32 KiB at most.
    static let longestWithCertificate = 48 * 1024

    private enum Stage: UInt8 {
        /// What comes is in clear. Can become: over, foundTooLong.
        case watching
        /// What comes is for OpenSSL to judge.
        case over
        /// The connection is of no more use.
        case foundTooLong
    }

    private static let clientHello: UInt32 = 1
    private static let handshake: UInt8 = 22
    /// change_cipher_spec, alert, handshake, application_data.
    private static let recordTypes: ClosedRange<UInt8> = 20...23

    // The widest first: every connection has one of these as long as it lives.
    private var messageLeft: UInt32 = 0
    private var messageHead: UInt32 = 0
    private let limit: UInt16
    private var recordLeft: UInt16 = 0
    private var messageHeadCount: UInt8 = 0
    private var recordHeadCount: UInt8 = 0
    private var isHandshake = false
    private var stage: Stage

    /// - Parameter limit: what a hello may have; nil if none is to come.
    init(limit: Int?) {
        self.limit = UInt16(limit ?? 0)
        stage = limit == nil ? .over : .watching
    }

    /// Whether it is to be told what comes.
    var isOn: Bool { stage == .watching }

    /// Whether there was a ClientHello that is too long.
    var hasFound: Bool { stage == .foundTooLong }

    /// What comes from now on may be encrypted.
    mutating func stop() {
        if isOn { stage = .over }
    }

    /// These come next, or first.
    mutating func note(_ bytes: Span<UInt8>) {
        var index = 0
        while isOn, index < bytes.count {
            if recordHeadCount < 5 {
                noteRecordHead(bytes[index])
                index += 1
            } else {
                let count = min(Int(recordLeft), bytes.count - index)
                if isHandshake { noteMessages(bytes.extracting(index..<index + count)) }
                index += count
                recordLeft -= UInt16(count)
                if recordLeft == 0 { recordHeadCount = 0 }
            }
        }
    }

    private mutating func noteRecordHead(_ byte: UInt8) {
        switch recordHeadCount {
        case 0:
            isHandshake = byte == Self.handshake
            if !Self.recordTypes.contains(byte) { stage = .over }
        case 1:
            // The major version of SSL 3.0 and of all that followed.
            if byte != 3 { stage = .over }
        case 3: recordLeft = UInt16(byte) << 8
        case 4: recordLeft |= UInt16(byte)
        default: break
        }
        recordHeadCount += 1
    }

    private mutating func noteMessages(_ bytes: Span<UInt8>) {
        var index = 0
        while index < bytes.count {
            if messageLeft > 0 {
                let count = min(Int(messageLeft), bytes.count - index)
                index += count
                messageLeft -= UInt32(count)
                continue
            }
            messageHead = messageHead << 8 | UInt32(bytes[index])
            messageHeadCount += 1
            index += 1
            guard messageHeadCount == 4 else { continue }
            messageHeadCount = 0
            messageLeft = messageHead & 0xFF_FFFF
            if messageHead >> 24 == Self.clientHello, messageLeft > limit {
                stage = .foundTooLong
                return
            }
        }
    }
}
