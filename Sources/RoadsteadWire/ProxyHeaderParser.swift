/// Reads a PROXY protocol header as it arrives, strictly, and fails at the first byte that cannot belong to one.
///
/// ```
///  version 1:  "PROXY" SP ("TCP4" | "TCP6") SP source SP destination SP source-port SP destination-port CR LF
///              "PROXY" SP "UNKNOWN" ... CR LF
///  version 2:  signature (12) | version, command (1) | family, protocol (1) | length (2) | addresses | TLVs
/// ```
/// Extensions of version 2 (TLVs) are skipped; with the addresses they may have `maximumLength` bytes.
public struct ProxyHeaderParser: Sendable {
    /// How far a header was read.
    public enum Progress: Sendable, Equatable {
        /// All bytes were taken, and more are needed.
        case incomplete
        /// The header, and how many of the bytes it took.
        case complete(ProxyHeader, consumed: Int)
        case failed(ProxyHeaderError)
    }

    /// A line of version 1 has at most so many bytes, CR LF included.
    public static let maximumLineLength = 107
    /// What may follow the 16 fixed bytes of version 2: addresses take 216 at most, certificates' names and the like the rest.
    public static let maximumLength = 4096

    private static let lineStart = Array("PROXY ".utf8)
    private static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]
    private static let fixedLength = 16

    private var bytes: [UInt8] = []

    /// A parser at the start of a connection.
    public init() {}

    /// Reads on. Not to be called again after it completed or failed.
    public mutating func feed(_ input: RawSpan) -> Progress {
        let octets = input.octets
        for index in 0..<octets.count {
            do throws(ProxyHeaderError) {
                if let header = try append(octets[index]) { return .complete(header, consumed: index + 1) }
            } catch {
                return .failed(error)
            }
        }
        return .incomplete
    }

    private mutating func append(_ byte: UInt8) throws(ProxyHeaderError) -> ProxyHeader? {
        bytes.append(byte)
        return bytes[0] == Self.signature[0] ? try readBinary() : try readLine()
    }

    // MARK: - Version 1

    private func readLine() throws(ProxyHeaderError) -> ProxyHeader? {
        let start = Self.lineStart
        guard bytes.count > start.count else {
            guard start.starts(with: bytes) else { throw .missing }
            return nil
        }
        guard bytes.count <= Self.maximumLineLength else { throw .lineTooLong }
        guard bytes[bytes.count - 1] == ASCII.lineFeed else {
            guard bytes[bytes.count - 2] != ASCII.carriageReturn else { throw .malformedLine }
            return nil
        }
        guard bytes[bytes.count - 2] == ASCII.carriageReturn else { throw .malformedLine }
        return ProxyHeader(source: try Self.source(ofLine: bytes[start.count..<bytes.count - 2]))
    }

    private static func source(ofLine line: ArraySlice<UInt8>) throws(ProxyHeaderError) -> ProxyHeader.Source {
        let words = line.split(separator: ASCII.space, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
        // What follows UNKNOWN is to be ignored.
        guard words[0] != "UNKNOWN" else { return .peer }
        guard words.count == 5, let port = Self.port(words[3]), Self.port(words[4]) != nil else { throw .malformedLine }
        switch words[0] {
        case "TCP4":
            guard isAddress(words[1], isIPv6: false), isAddress(words[2], isIPv6: false) else { throw .malformedLine }
            return .text(words[1], isIPv6: false, port: port)
        case "TCP6":
            guard isAddress(words[1], isIPv6: true), isAddress(words[2], isIPv6: true) else { throw .malformedLine }
            return .text(words[1], isIPv6: true, port: port)
        default:
            throw .malformedLine
        }
    }

    /// Decimal, without leading zeros.
    private static func port(_ text: String) -> UInt16? {
        guard !text.isEmpty, text.utf8.allSatisfy(ASCII.isDigit), text == "0" || !text.hasPrefix("0") else { return nil }
        return UInt16(text)
    }

    private static func isAddress(_ text: String, isIPv6: Bool) -> Bool {
        guard (2...45).contains(text.utf8.count), text.utf8.contains(ASCII.colon) == isIPv6 else { return false }
        return text.utf8.allSatisfy { byte in
            byte == UInt8(ascii: ".") || (isIPv6 ? byte == ASCII.colon || ASCII.hexadecimalValue(byte) != nil : ASCII.isDigit(byte))
        }
    }

    // MARK: - Version 2

    private func readBinary() throws(ProxyHeaderError) -> ProxyHeader? {
        let count = bytes.count
        guard count > Self.signature.count else {
            guard Self.signature.starts(with: bytes) else { throw .missing }
            return nil
        }
        // Each byte is judged when it comes.
        switch count {
        case 13:
            guard bytes[12] >> 4 == 2 else { throw .unsupportedVersion }
            guard bytes[12] & 0x0F <= 1 else { throw .unsupportedCommand }
            return nil
        case 14, 15:
            return nil
        default:
            let length = Int(bytes[14]) << 8 | Int(bytes[15])
            guard length <= Self.maximumLength else { throw .tooLarge(limit: Self.fixedLength + Self.maximumLength) }
            let source = try binarySource(length: length, isWhole: count == Self.fixedLength + length)
            return source.map(ProxyHeader.init(source:))
        }
    }

    /// nil while addresses are still to come.
    private func binarySource(length: Int, isWhole: Bool) throws(ProxyHeaderError) -> ProxyHeader.Source? {
        // With LOCAL the rest says nothing.
        guard bytes[12] & 0x0F == 1 else { return isWhole ? .peer : nil }
        let needed: Int
        switch bytes[13] {
        case 0x00: needed = 0
        case 0x11: needed = 12
        case 0x21: needed = 36
        case 0x31: needed = 216
        default: throw .unsupportedProtocol
        }
        guard length >= needed else { throw .truncatedAddresses }
        guard isWhole else { return nil }
        switch bytes[13] {
        case 0x11: return .ipv4(UInt32(truncatingIfNeeded: number(at: 16, count: 4)), port: port(at: 24))
        case 0x21: return .ipv6(high: number(at: 16, count: 8), low: number(at: 24, count: 8), port: port(at: 48))
        default: return .peer
        }
    }

    private func port(at offset: Int) -> UInt16 { UInt16(truncatingIfNeeded: number(at: offset, count: 2)) }

    private func number(at offset: Int, count: Int) -> UInt64 {
        bytes[offset..<offset + count].reduce(0) { $0 << 8 | UInt64($1) }
    }
}
