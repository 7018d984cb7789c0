/// What pings have measured on one connection. Microseconds, so that three of them stay small; zero measurements read as `nil`.
public struct RoundTripTime: Sendable, Equatable {
    /// The latest measurement.
    public private(set) var last: Duration?
    private var smoothedMicroseconds: UInt32 = 0
    private var minimumMicroseconds: UInt32 = .max

    /// Nothing measured yet.
    public init() {}

    /// The running mean as RFC 6298 keeps it: seven parts old, one part new.
    public var smoothed: Duration? { last == nil ? nil : .microseconds(Int64(smoothedMicroseconds)) }

    /// The shortest measurement so far.
    public var minimum: Duration? { last == nil ? nil : .microseconds(Int64(minimumMicroseconds)) }

    /// Takes in one measurement.
    public mutating func measured(_ value: Duration) {
        let microseconds = Self.microseconds(value)
        smoothedMicroseconds =
            last == nil ? microseconds : UInt32((UInt64(smoothedMicroseconds) * 7 + UInt64(microseconds)) / 8)
        minimumMicroseconds = min(minimumMicroseconds, microseconds)
        last = .microseconds(Int64(microseconds))
    }

    /// Clamped before it is converted: no clock, however wrong, overflows.
    private static func microseconds(_ value: Duration) -> UInt32 {
        guard value < .microseconds(Int64(UInt32.max)) else { return .max }
        guard value > .zero else { return 0 }
        let (seconds, attoseconds) = value.components
        return UInt32(seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
    }
}
