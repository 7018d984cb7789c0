/// A range of IP addresses in CIDR notation (RFC 4632): `10.0.0.0/8`, `2001:db8::/32`, or one address.
public struct AddressRange: Sendable, Equatable {
    /// The text of the configuration file.
    public let text: String
    /// The 4 or 16 bytes of the range's address, in network order.
    public let bytes: [UInt8]
    /// How many leading bits of `bytes` an address must share.
    public let prefixLength: Int

    /// Reads the text of a configuration file; nil when it is no range.
    public init?(_ text: String) {
        guard case .success(let range) = Self.parse(text) else { return nil }
        self = range
    }

    private init(text: String, bytes: [UInt8], prefixLength: Int) {
        self.text = text
        self.bytes = bytes
        self.prefixLength = prefixLength
    }

    /// Whether the address with these 4 or 16 bytes, in network order, lies in the range.
    public func contains(_ address: [UInt8]) -> Bool {
        guard address.count == bytes.count else { return false }
        return Self.masked(address, to: prefixLength) == Self.masked(bytes, to: prefixLength)
    }

    /// Reads the text of a configuration file, or says in words what is wrong with it.
    static func parse(_ text: String) -> Result<AddressRange, ValueFault> {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPLiteral(parts[0]) else { return .failure("`\(parts[0])` is not an IP address") }
        let width = address.bytes.count * 8
        guard parts.count == 2 else { return .success(AddressRange(text: text, bytes: address.bytes, prefixLength: width).unmapped) }
        guard parts[1].utf8.allSatisfy({ (48...57).contains($0) }), let length = Int(parts[1]), length <= width else {
            return .failure("the prefix length `\(parts[1])` is not a number from 0 to \(width)")
        }
        let first = masked(address.bytes, to: length)
        guard first == address.bytes else { return .failure("the address has bits set after the first \(length)") }
        return .success(AddressRange(text: text, bytes: address.bytes, prefixLength: length).unmapped)
    }

    private static let mappedPrefix = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]

    /// A range of IPv4-mapped addresses (RFC 4291 section 2.5.5.2) as one of IPv4, which is how such clients are seen.
    private var unmapped: AddressRange {
        guard prefixLength >= 96, bytes.starts(with: Self.mappedPrefix) else { return self }
        return AddressRange(text: text, bytes: Array(bytes.dropFirst(12)), prefixLength: prefixLength - 96)
    }

    private static func masked(_ bytes: [UInt8], to length: Int) -> [UInt8] {
        bytes.enumerated().map { position, byte in
            let kept = min(8, max(0, length - position * 8))
            return kept == 0 ? 0 : byte & (0xFF << UInt8(8 - kept))
        }
    }
}
