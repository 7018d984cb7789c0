/// Durations as the configuration file writes them: a whole number and one of `ms`, `s`, `m`, `h`.
enum DurationText {
    private static let units: [(suffix: String, milliseconds: Int64)] = [("ms", 1), ("h", 3_600_000), ("m", 60_000), ("s", 1000)]

    /// Reads a duration, or says in words what is wrong with it.
    static func parse(_ text: String) -> Result<Duration, ValueFault> {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let suffix = text[digits.endIndex...]
        guard !digits.isEmpty else { return .failure("write a whole number and a unit, as in 20s") }
        if suffix.isEmpty, digits.allSatisfy({ $0 == "0" }) { return .success(.zero) }
        guard !suffix.isEmpty else { return .failure("the unit is missing, as in \(digits)s") }
        guard let unit = units.first(where: { $0.suffix == suffix }) else {
            return .failure("`\(suffix)` is not a unit; write one whole number and one of ms, s, m, h")
        }
        let (milliseconds, overflows) = (Int64(digits) ?? .max).multipliedReportingOverflow(by: unit.milliseconds)
        return overflows ? .failure("it is out of range") : .success(.milliseconds(milliseconds))
    }

    /// Writes a duration of whole milliseconds in the largest unit that takes it exactly; a minute is 60s, as people write it.
    static func write(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        guard milliseconds != 0 else { return "0s" }
        let unit = units.filter { milliseconds % $0.milliseconds == 0 && !($0.suffix == "m" && milliseconds == 60_000) }.max {
            $0.milliseconds < $1.milliseconds
        }
        return unit.map { "\(milliseconds / $0.milliseconds)\($0.suffix)" } ?? "\(milliseconds)ms"
    }
}
