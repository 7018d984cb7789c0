/// Moments in words: for operators as RFC 3339 has them, in header fields as HTTP does.
package enum Timestamp {
    /// RFC 3339 in UTC with milliseconds, from nanoseconds since 1970.
    static func text(nanoseconds: Int64) -> String { text(milliseconds: divide(nanoseconds, by: 1_000_000).quotient) }

    /// RFC 3339 in UTC with milliseconds, as `2026-11-23T11:24:57.042Z`, from those since 1970.
    package static func text(milliseconds: Int64) -> String {
        let (seconds, fraction) = divide(milliseconds, by: 1000)
        let (days, second) = divide(seconds, by: 86_400)
        let date = civil(days)
        return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))"
            + "T\(timeOfDay(second)).\(padded(fraction, 3))Z"
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// The form that RFC 9110 section 5.6.7 prefers (IMF-fixdate), from seconds since 1970.
    static func httpDate(_ seconds: Int64) -> String {
        let (days, second) = divide(seconds, by: 86_400)
        let date = civil(days)
        // 1970 began on a Thursday.
        let weekday = weekdays[Int(divide(days + 4, by: 7).remainder)]
        let month = months[Int(date.month) - 1]
        return "\(weekday), \(padded(date.day, 2)) \(month) \(padded(date.year, 4)) \(timeOfDay(second)) GMT"
    }

    /// Hours, minutes and seconds of a second of the day.
    private static func timeOfDay(_ second: Int64) -> String {
        "\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
    }

    /// The proleptic Gregorian date of a day counted from 1970-01-01; years are counted from March, so that leap days come last.
    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = divide(days + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    /// Towards minus infinity.
    private static func divide(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let remainder = (value % divisor + divisor) % divisor
        return ((value - remainder) / divisor, remainder)
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = "\(value)"
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
