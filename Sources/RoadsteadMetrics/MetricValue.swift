/// The value of one series on a page.
enum MetricValue: Sendable, Equatable {
    /// Of a counter or a gauge.
    case number(Double)
    /// Of a histogram: observations in each bucket by itself (not cumulated), `+Inf` last, and their sum.
    case histogram(counts: [UInt64], sum: Double)

    /// Takes in another loop's value of the same series.
    mutating func merge(_ other: MetricValue, as definition: MetricDefinition) {
        switch (self, other) {
        case (.number(let mine), .number(let theirs)):
            switch (definition.kind, definition.merging) {
            case (.gauge, .maximum): self = .number(max(mine, theirs))
            case (.gauge, .sum), (.counter, _), (.histogram, _): self = .number(mine + theirs)
            }
        case (.histogram(let mine, let mySum), .histogram(let theirs, let theirSum)):
            precondition(mine.count == theirs.count, "Histograms of one definition must have the same buckets.")
            self = .histogram(counts: zip(mine, theirs).map(&+), sum: mySum + theirSum)
        case (.number, .histogram), (.histogram, .number):
            preconditionFailure("One series must not be a number here and a histogram there.")
        }
    }
}
