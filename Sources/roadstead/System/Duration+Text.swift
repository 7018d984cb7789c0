extension Duration {
    /// Seconds, or milliseconds for less than one, with as many decimals as people need: `20s`, `1.25s`, `0.42ms`.
    var text: String {
        let (seconds, attoseconds) = components
        let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        let isShort = abs(microseconds) < 1_000_000
        return Self.decimal(thousandths: isShort ? microseconds : microseconds / 1000) + (isShort ? "ms" : "s")
    }

    /// As a decimal, without zeros at its end.
    private static func decimal(thousandths count: Int64) -> String {
        let (whole, rest) = (abs(count) / 1000, abs(count) % 1000)
        var digits = String(String(1000 + rest).dropFirst())
        while digits.last == "0" { digits.removeLast() }
        return (count < 0 ? "-" : "") + String(whole) + (digits.isEmpty ? "" : ".\(digits)")
    }
}
