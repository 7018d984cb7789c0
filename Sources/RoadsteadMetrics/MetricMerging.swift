/// How the values that several event loops hold for one series become one value when a page is made of them.
public enum MetricMerging: Sendable, Hashable {
    /// The values are shares of a whole: sessions, bytes queued, events counted.
    case sum
    /// The values are views of the same thing, and the largest stands: a state, a time, a version.
    case maximum
}
