/// The pings on their way, by their payload.
struct PingBook {
    private var sent: [[UInt8]: ContinuousClock.Instant] = [:]
    private var count: UInt64 = 0

    /// Notes a new ping.
    ///
    /// - Returns: its payload.
    mutating func begin(at now: ContinuousClock.Instant) -> [UInt8] {
        count += 1
        let payload = Array("\(count)".utf8)
        sent[payload] = now
        return payload
    }

    /// Notes a pong.
    ///
    /// - Returns: the round-trip time; nil if no ping with this payload is on its way.
    mutating func finish(_ payload: [UInt8], at now: ContinuousClock.Instant) -> Duration? {
        sent.removeValue(forKey: payload).map { $0.duration(to: now) }
    }
}
