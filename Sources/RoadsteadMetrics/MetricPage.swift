/// Writes families as text: Prometheus exposition format 0.0.4, or OpenMetrics 1.0, which differs in the names of counter families,
/// the spelling of bounds, the escapes of help texts, and a last line.
struct MetricPage {
    private let format: MetricFormat
    private var text = ""

    /// An empty page.
    init(format: MetricFormat) {
        self.format = format
    }

    /// Adds a family: help and type once, then its series.
    mutating func append(_ family: MetricFamily) {
        let definition = family.definition
        let familyName = Self.familyName(definition, format)
        text += "# HELP \(familyName) \(Self.escapedHelp(definition.help, format))\n"
        text += "# TYPE \(familyName) \(Self.typeWord(definition.kind))\n"
        for (labelValues, value) in family.ordered {
            let labels = zip(definition.labels, labelValues).map { "\($0)=\"\(Self.escapedLabel($1))\"" }
            switch value {
            case .number(let number): appendSample(definition.name, labels, Self.number(number))
            case .histogram(let counts, let sum): appendHistogram(definition, labels, counts, sum)
            }
        }
    }

    /// The whole page. OpenMetrics ends with a line that tells a whole page from one that was cut off.
    func finished() -> String {
        switch format {
        case .prometheus: text
        case .openMetrics: text + "# EOF\n"
        }
    }

    private mutating func appendSample(_ name: String, _ labels: [String], _ value: String) {
        text += name
        if !labels.isEmpty { text += "{\(labels.joined(separator: ","))}" }
        text += " \(value)\n"
    }

    private mutating func appendHistogram(_ definition: MetricDefinition, _ labels: [String], _ counts: [UInt64], _ sum: Double) {
        guard case .histogram(let buckets) = definition.kind else { preconditionFailure("Only a histogram has buckets.") }
        var cumulated: UInt64 = 0
        for (bound, count) in zip(buckets.map { Self.bound($0, format) } + ["+Inf"], counts) {
            cumulated &+= count
            appendSample("\(definition.name)_bucket", labels + ["le=\"\(bound)\""], "\(cumulated)")
        }
        appendSample("\(definition.name)_sum", labels, Self.number(sum))
        appendSample("\(definition.name)_count", labels, "\(cumulated)")
    }

    /// In OpenMetrics `_total` belongs to the sample, not to the family.
    static func familyName(_ definition: MetricDefinition, _ format: MetricFormat) -> String {
        switch (format, definition.kind) {
        case (.openMetrics, .counter): String(definition.name.dropLast("_total".count))
        case (.openMetrics, .gauge), (.openMetrics, .histogram), (.prometheus, _): definition.name
        }
    }

    /// A number as both formats read it: integers without a fraction, infinities by their words.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        // Above 2^53 not every integer is a Double; the exponent form is honest about that.
        if value == value.rounded(), value.magnitude <= 9_007_199_254_740_992 { return "\(Int64(value))" }
        return "\(value)"
    }

    /// A bucket's bound: OpenMetrics asks for a fraction (`1.0`) so that everyone spells the label alike, the older format for none.
    static func bound(_ value: Double, _ format: MetricFormat) -> String {
        switch format {
        case .prometheus: number(value)
        case .openMetrics: value.isFinite ? "\(value)" : number(value)
        }
    }

    /// `\`, `"` and line feeds, as both formats want them.
    static func escapedLabel(_ value: String) -> String {
        escaped(value, quotes: true)
    }

    /// The older format leaves quotes in help texts alone.
    static func escapedHelp(_ help: String, _ format: MetricFormat) -> String {
        switch format {
        case .prometheus: escaped(help, quotes: false)
        case .openMetrics: escaped(help, quotes: true)
        }
    }

    private static func typeWord(_ kind: MetricKind) -> String {
        switch kind {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        // Scalar by scalar: as characters, a carriage return before a line feed would hide it.
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
