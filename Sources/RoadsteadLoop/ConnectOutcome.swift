/// How `Socket.connect` began.
public enum ConnectOutcome: Hashable, Sendable {
    /// Connected at once, with this descriptor, which the caller owns.
    case connected(Int32)
    /// Under way: when the descriptor becomes writable, `Socket.connectError` says how it ended.
    case inProgress(Int32)
    /// Failed at once, for this `errno`; there is no descriptor.
    case failed(Int32)
}
