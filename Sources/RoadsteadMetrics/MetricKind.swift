/// What a metric counts, in the words of the Prometheus data model.
public enum MetricKind: Sendable, Hashable {
    /// Only ever grows; starts from 0 with the process.
    case counter
    /// Goes up and down.
    case gauge
    /// Counts observations in buckets. `buckets` are the inclusive upper bounds in the metric's base unit, strictly rising;
    /// the last bucket, `+Inf`, is implied.
    case histogram(buckets: [Double])
}
