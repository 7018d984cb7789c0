import Testing

@testable import RoadsteadGateway

@Suite("Timestamp")
struct TimestampTests {
    static let dates: [(Int64, String)] = [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (86_399, "Thu, 01 Jan 1970 23:59:59 GMT"),
        (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
        // The example of RFC 9110 section 5.6.7.
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        // Ends of years, and of Februaries in years that are leap years, and that are not for all that four divides them.
        (946_684_799, "Fri, 31 Dec 1999 23:59:59 GMT"),
        (946_684_800, "Sat, 01 Jan 2000 00:00:00 GMT"),
        (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (951_868_799, "Tue, 29 Feb 2000 23:59:59 GMT"),
        (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
        (1_677_628_800, "Wed, 01 Mar 2023 00:00:00 GMT"),
        (1_709_208_000, "Thu, 29 Feb 2024 12:00:00 GMT"),
        (1_798_761_599, "Thu, 31 Dec 2026 23:59:59 GMT"),
        (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
        (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
        // Past 31 bits.
        (2_147_483_647, "Tue, 19 Jan 2038 03:14:07 GMT"),
        (2_147_483_648, "Tue, 19 Jan 2038 03:14:08 GMT"),
        // Every month.
        (1_735_780_281, "Thu, 02 Jan 2025 01:11:21 GMT"),
        (1_738_635_142, "Tue, 04 Feb 2025 02:12:22 GMT"),
        (1_741_230_803, "Thu, 06 Mar 2025 03:13:23 GMT"),
        (1_744_085_664, "Tue, 08 Apr 2025 04:14:24 GMT"),
        (1_746_854_125, "Sat, 10 May 2025 05:15:25 GMT"),
        (1_749_708_986, "Thu, 12 Jun 2025 06:16:26 GMT"),
        (1_752_477_447, "Mon, 14 Jul 2025 07:17:27 GMT"),
        (1_755_332_308, "Sat, 16 Aug 2025 08:18:28 GMT"),
        (1_758_187_169, "Thu, 18 Sep 2025 09:19:29 GMT"),
        (1_760_955_630, "Mon, 20 Oct 2025 10:20:30 GMT"),
        (1_763_810_491, "Sat, 22 Nov 2025 11:21:31 GMT"),
        (1_766_578_952, "Wed, 24 Dec 2025 12:22:32 GMT"),
    ]

    @Test("a Date field has the weekday, the day and the time of day in GMT, each of fixed length", arguments: dates)
    func httpDate(_ seconds: Int64, _ text: String) { #expect(Timestamp.httpDate(seconds) == text) }

    @Test(
        "an operator reads the same moment as RFC 3339 has it",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1_000_000, "1969-12-31T23:59:59.999Z"),
            (784_111_777_042_999_999, "1994-11-06T08:49:37.042Z"), (951_782_400_000_000_000, "2000-02-29T00:00:00.000Z"),
        ] as [(Int64, String)])
    func text(_ nanoseconds: Int64, _ text: String) { #expect(Timestamp.text(nanoseconds: nanoseconds) == text) }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1, "1970-01-01T00:00:00.001Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"), (951_868_799_999, "2000-02-29T23:59:59.999Z"),
            (951_868_800_000, "2000-03-01T00:00:00.000Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (4_107_456_000_000, "2100-02-28T00:00:00.000Z"), (1_795_433_097_042, "2026-11-23T11:24:57.042Z"),
            (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
        ] as [(Int64, String)])
    func `Log lines have RFC 3339 in UTC, in any year`(milliseconds: Int64, expected: String) {
        #expect(Timestamp.text(milliseconds: milliseconds) == expected)
    }
}
