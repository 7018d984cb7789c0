/// Why a client is not read at the moment.
struct PauseReasons: OptionSet {
    let rawValue: UInt8

    /// What it is sent back waits for itself.
    static let echoBacklog = PauseReasons(rawValue: 1)
    /// The upstream takes less than the client sends.
    static let upstreamBacklog = PauseReasons(rawValue: 2)
    /// There is no upstream, and what is kept for the next one has reached its limit.
    static let keptFull = PauseReasons(rawValue: 4)

    /// It has sent as much as it may, and must wait for tokens.
    static let rate = PauseReasons(rawValue: 8)

    static let all: PauseReasons = [.echoBacklog, .upstreamBacklog, .keptFull, .rate]
}
