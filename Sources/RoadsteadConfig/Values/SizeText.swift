/// Sizes as the configuration file writes them: a whole number of bytes, or of `KiB`, `MiB` or `GiB`.
enum SizeText {
    private static let units: [(suffix: String, bytes: Int)] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1), ("", 1)]

    /// Reads a size in bytes, or says in words what is wrong with it.
    static func parse(_ text: String) -> Result<Int, ValueFault> {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let suffix = text[digits.endIndex...]
        guard !digits.isEmpty else { return .failure("write a whole number, as in 65536 or 64KiB") }
        guard let unit = units.first(where: { $0.suffix == suffix }) else {
            return .failure("`\(suffix)` is not a unit; write KiB, MiB or GiB, or plain bytes")
        }
        let (bytes, overflows) = (Int(digits) ?? .max).multipliedReportingOverflow(by: unit.bytes)
        return overflows ? .failure("it is out of range") : .success(bytes)
    }

    /// Writes a size in the largest unit that takes it exactly.
    static func write(_ bytes: Int) -> String {
        guard bytes > 0, let unit = units.first(where: { bytes % $0.bytes == 0 }), unit.bytes > 1 else { return String(bytes) }
        return "\(bytes / unit.bytes)\(unit.suffix)"
    }
}
