/// Sizes for people.
enum ByteCount {
    /// The digits of a number of bytes in the largest unit that leaves a whole part, with one decimal: `512B`, `1.5KiB`. What is no number
    /// stays as it is.
    static func text(_ digits: String) -> String {
        guard let bytes = Int(digits) else { return digits }
        var tenths = bytes.multipliedReportingOverflow(by: 10).partialValue
        var units = ["KiB", "MiB", "GiB", "TiB"][...]
        var unit = "B"
        while tenths >= 10_240, let next = units.popFirst() {
            tenths /= 1024
            unit = next
        }
        return tenths % 10 == 0 ? "\(tenths / 10)\(unit)" : "\(tenths / 10).\(tenths % 10)\(unit)"
    }
}
