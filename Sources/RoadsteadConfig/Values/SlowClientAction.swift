/// What happens when the queue to a slow client is full.
public enum SlowClientAction: String, Sendable, Equatable, CaseIterable {
    /// Its upstream connection is not read until the queue drains.
    case pause
    /// The oldest whole messages are dropped.
    case dropOldest = "drop_oldest"
    /// It is closed with 1013.
    case close
}
