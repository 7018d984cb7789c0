import RoadsteadLoop

/// A session's name: 128 random bits from the kernel.
public struct SessionID: Hashable, Comparable, Sendable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64

    /// A new one. Its text never begins with a hyphen, so that no command takes it for an option.
    init() {
        var high = LoopRandom.fromKernel()
        while high >> 58 == 62 { high = LoopRandom.fromKernel() }
        self.high = high
        low = LoopRandom.fromKernel()
    }

    /// Reads the text form; `nil` if it is not one.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 22 else { return nil }
        var bits: (high: UInt64, low: UInt64) = (0, 0)
        for (index, byte) in text.utf8.enumerated() {
            guard let value = Self.alphabet.firstIndex(of: byte).map(UInt64.init) else { return nil }
            // 21 characters carry six bits each, the last one two.
            let width: UInt64 = index == 21 ? 2 : 6
            guard value < 1 << width else { return nil }
            bits.high = bits.high << width | bits.low >> (64 - width)
            bits.low = bits.low << width | value
        }
        (high, low) = bits
    }

    /// An order that means nothing.
    public static func < (one: SessionID, other: SessionID) -> Bool { (one.high, one.low) < (other.high, other.low) }

    /// 22 URL-safe characters.
    public var description: String {
        var bits = (high: high, low: low)
        var text: [UInt8] = [Self.alphabet[Int(bits.low & 3)]]
        bits.low = bits.low >> 2 | bits.high << 62
        bits.high >>= 2
        for _ in 0..<21 {
            text.append(Self.alphabet[Int(bits.low & 63)])
            bits.low = bits.low >> 6 | bits.high << 58
            bits.high >>= 6
        }
        return String(decoding: text.reversed(), as: UTF8.self)
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
}
