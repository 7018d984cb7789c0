/// Times as text.
enum Timestamp {
    /// RFC 3339 in UTC with milliseconds, as `2026-11-23T11:24:57.042Z`.
    static func text(milliseconds: Int64) -> String {
        let days = milliseconds.flooredQuotient(by: 86_400_000)
        let ofDay = milliseconds - days * 86_400_000
        let (year, month, day) = date(daysSince1970: days)
        let (hour, minute, second) = (ofDay / 3_600_000, ofDay / 60_000 % 60, ofDay / 1000 % 60)
        return "\(digits(year, 4))-\(digits(month, 2))-\(digits(day, 2))T"
            + "\(digits(hour, 2)):\(digits(minute, 2)):\(digits(second, 2)).\(digits(ofDay % 1000, 3))Z"
    }

    /// The Gregorian date. Years are counted from March, which puts the leap day last, in eras of 400 years
    /// (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days).
    private static func date(daysSince1970: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let days = daysSince1970 + 719_468
        let era = days.flooredQuotient(by: 146_097)
        let ofEra = days - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * ofYear + 2) / 153
        let day = ofYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func digits(_ number: Int64, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
    }
}

extension Int64 {
    /// The quotient rounded down, also before 1970.
    fileprivate func flooredQuotient(by divisor: Int64) -> Int64 {
        self >= 0 ? self / divisor : -((-self + divisor - 1) / divisor)
    }
}
