import ArgumentParser

/// A duration on the command line, as configurations write them: a whole number and one of `ms`, `s`, `m`, `h`.
struct DurationArgument: ExpressibleByArgument, Equatable {
    /// The duration; not negative.
    let duration: Duration

    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        // More than nine digits of hours would overflow.
        guard digits.utf8.count <= 9, let count = Int64(digits) else { return nil }
        switch argument[digits.endIndex...] {
        case "ms": duration = .milliseconds(count)
        case "s": duration = .seconds(count)
        case "m": duration = .seconds(count * 60)
        case "h": duration = .seconds(count * 3600)
        case _: return nil
        }
    }
}
