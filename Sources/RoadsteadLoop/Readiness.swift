import CLinux

/// What a descriptor became ready for, see epoll_ctl(2).
public struct Readiness: OptionSet, Hashable, Sendable {
    /// One bit a member.
    public let rawValue: UInt8

    /// The set with these bits.
    @inlinable public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// There may be bytes, a connection to accept, or the end of the stream.
    @inlinable public static var readable: Readiness { Readiness(rawValue: 1 << 0) }
    /// There is room to send, or a connect has ended.
    @inlinable public static var writable: Readiness { Readiness(rawValue: 1 << 1) }
    /// The peer has shut down its sending side (`EPOLLRDHUP`); bytes it sent before may still be waiting.
    @inlinable public static var peerFinished: Readiness { Readiness(rawValue: 1 << 2) }
    /// The connection is broken or closed both ways (`EPOLLERR`, `EPOLLHUP`); `Socket.connectError` says why.
    @inlinable public static var failed: Readiness { Readiness(rawValue: 1 << 3) }

    /// What epoll reported.
    init(events: UInt32) {
        var bits: UInt8 = 0
        if events & EPOLLIN.rawValue != 0 { bits |= Readiness.readable.rawValue }
        if events & EPOLLOUT.rawValue != 0 { bits |= Readiness.writable.rawValue }
        if events & EPOLLRDHUP.rawValue != 0 { bits |= Readiness.peerFinished.rawValue }
        if events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { bits |= Readiness.failed.rawValue }
        self.init(rawValue: bits)
    }
}
