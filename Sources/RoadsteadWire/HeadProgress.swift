/// How far the head of an HTTP message was read.
public enum HeadProgress<Head: Sendable & Equatable>: Sendable, Equatable {
    /// The bytes so far are right but not all; feed more.
    case incomplete
    /// The head, and how many bytes of this feed belong to it; what follows them is the body, or another protocol.
    case complete(Head, consumed: Int)
    /// The message must be refused; the connection cannot be used further.
    case failed(HTTPHeadError)
}
