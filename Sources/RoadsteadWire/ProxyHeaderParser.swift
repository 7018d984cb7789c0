/// Reads a PROXY protocol header as it arrives, strictly, and fails at the first byte that cannot belong to one.
///
/// ```
///  version 1:  "PROXY" SP ("TCP4" | "TCP6") SP source SP destination SP source-port SP destination-port CR LF
///              "PROXY" SP "UNKNOWN" ... CR LF
///  version 2:  signature (12) | version, command (1) | family, protocol (1) | length (2) | addresses | TLVs
/// ```
/// Extensions of version 2 (TLVs: type, length, value) must be whole, and a checksum among them right; all else that they say is skipped.
/// With the addresses they may have `maximumLength` bytes. After LOCAL and an unspecified family nothing is looked at. The addresses of a
/// line, and extensions, are judged once the header is whole.
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
    /// A type and a length.
    private static let extensionHeadLength = 3
    /// PP2_TYPE_CRC32C.
    private static let checksumType: UInt8 = 0x03
    private static let checksumLength = 4

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
        let words = line.split(separator: ASCII.space, omittingEmptySubsequences: false)
        let isIPv6: Bool
        switch String(decoding: words[0], as: UTF8.self) {
        // What follows is to be ignored.
        case "UNKNOWN": return .peer
        case "TCP4": isIPv6 = false
        case "TCP6": isIPv6 = true
        default: throw .malformedLine
        }
        // The destination is not used, but a line with a bad one is not of a proxy's making.
        guard words.count == 5, isAddress(words[1], isIPv6: isIPv6), isAddress(words[2], isIPv6: isIPv6),
            let port = Self.port(words[3]), Self.port(words[4]) != nil
        else { throw .malformedLine }
        return .text(String(decoding: words[1], as: UTF8.self), isIPv6: isIPv6, port: port)
    }

    /// Decimal, without leading zeros.
    private static func port(_ digits: ArraySlice<UInt8>) -> UInt16? {
        guard digits.allSatisfy(ASCII.isDigit), digits.count == 1 || digits.first != UInt8(ascii: "0") else { return nil }
        return UInt16(String(decoding: digits, as: UTF8.self))
    }

    private static func isAddress(_ text: ArraySlice<UInt8>, isIPv6: Bool) -> Bool {
        isIPv6 ? IPAddressText.isIPv6(text) : IPAddressText.isIPv4(text)
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
        // What follows an unspecified family need not be TLVs.
        if bytes[13] != 0x00 { try checkExtensions(from: Self.fixedLength + needed) }
        switch bytes[13] {
        case 0x11: return .ipv4(UInt32(truncatingIfNeeded: number(at: 16, count: 4)), port: port(at: 24))
        case 0x21: return .ipv6(high: number(at: 16, count: 8), low: number(at: 24, count: 8), port: port(at: 48))
        default: return .peer
        }
    }

    /// Walks along the TLVs, of which the last must end where the header does. One within another is its reader's business.
    private func checkExtensions(from start: Int) throws(ProxyHeaderError) {
        var offset = start
        var checksum: Range<Int>?
        while offset < bytes.count {
            let valueStart = offset + Self.extensionHeadLength
            guard valueStart <= bytes.count else { throw .malformedExtensions }
            let value = valueStart..<valueStart + Int(number(at: offset + 1, count: 2))
            guard value.upperBound <= bytes.count else { throw .malformedExtensions }
            if bytes[offset] == Self.checksumType {
                // Two would each be part of what the other is taken over.
                guard checksum == nil, value.count == Self.checksumLength else { throw .malformedExtensions }
                checksum = value
            }
            offset = value.upperBound
        }
        guard let checksum else { return }
        // It is taken over the whole header, with zeros in its own place.
        var covered = bytes
        covered.replaceSubrange(checksum, with: repeatElement(0, count: checksum.count))
        let stated = UInt32(truncatingIfNeeded: number(at: checksum.lowerBound, count: checksum.count))
        guard CRC32C.checksum(covered) == stated else { throw .wrongChecksum }
    }

    private func port(at offset: Int) -> UInt16 { UInt16(truncatingIfNeeded: number(at: offset, count: 2)) }

    private func number(at offset: Int, count: Int) -> UInt64 {
        bytes[offset..<offset + count].reduce(0) { $0 << 8 | UInt64($1) }
    }
}
