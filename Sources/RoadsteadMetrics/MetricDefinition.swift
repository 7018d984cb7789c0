/// One metric family as it is announced to Prometheus: its full name, its kind, its help text and the names of its labels.
///
/// The gateway's own are in `MetricCatalogue`, and nowhere else.
public struct MetricDefinition: Sendable, Hashable {
    /// The full name, prefix and unit included, such as `roadstead_sessions_opened_total`.
    public let name: String
    /// Counter, gauge or histogram.
    public let kind: MetricKind
    /// One sentence for the `# HELP` line.
    public let help: String
    /// The label names, in the order in which label values are given everywhere.
    public let labels: [String]
    /// How values of several loops become one. Matters to gauges only: counters and histograms always add up.
    public let merging: MetricMerging

    /// A wrong definition is a mistake in this program, so it stops here rather than on somebody's scrape.
    public init(name: String, kind: MetricKind, help: String, labels: [String] = [], merging: MetricMerging = .sum) {
        precondition(Self.isName(name), "A metric's name must match [a-zA-Z_][a-zA-Z0-9_]*.")
        precondition(labels.allSatisfy(Self.isName), "A label's name must match [a-zA-Z_][a-zA-Z0-9_]*.")
        precondition(Set(labels).count == labels.count, "A metric must not name a label twice.")
        switch kind {
        case .counter:
            // OpenMetrics derives the family's name by taking this suffix away.
            precondition(name.hasSuffix("_total"), "A counter's name must end in _total.")
        case .gauge:
            break
        case .histogram(let buckets):
            precondition(!labels.contains("le"), "The label le belongs to the buckets of a histogram.")
            precondition(buckets.allSatisfy(\.isFinite), "The bounds of a histogram must be finite; +Inf is implied.")
            precondition(zip(buckets, buckets.dropFirst()).allSatisfy(<), "The bounds of a histogram must rise strictly.")
        }
        self.name = name
        self.kind = kind
        self.help = help
        self.labels = labels
        self.merging = merging
    }

    /// Whether `text` may name a metric or a label. Colons are left to recording rules, as Prometheus asks.
    static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "_"):
                true
            default:
                false
            }
        }
    }
}
