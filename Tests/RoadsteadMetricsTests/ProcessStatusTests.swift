import Testing

@testable import RoadsteadMetrics

struct ProcessStatusTests {
    /// Fields 3 to 24 of proc(5), numbered so that a wrong count shows.
    static let tail = "S 4 5 6 7 8 9 10 11 12 13 140 1500 16 17 18 19 20 21 22000 23000000 2400 25 26"

    @Test(arguments: ["(roadstead)", "(a b)", "(a) S 1 (b)", "())", "()"])
    func `The program's name can't shift the fields`(name: String) throws {
        let fields = try #require(ProcessStatus.fields(stat: "1234 \(name) \(Self.tail)\n"))
        #expect(fields == ProcessStatus.Fields(ticks: 1640, startTicks: 22000, virtualBytes: 23_000_000, residentPages: 2400))
    }

    @Test(arguments: ["", "1234", "1234 (a) S 4 5", "1234 (a) " + tail.replacing("22000", with: "x")])
    func `A text without the fields gives none`(text: String) {
        #expect(ProcessStatus.fields(stat: text) == nil)
    }

    @Test(
        arguments: [
            ("Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 1048576              files\n", 1024),
            ("Max open files            unlimited            unlimited            files\n", .infinity),
            ("Max processes 12 12 processes\n", nil), ("Max open files", nil), ("", nil),
        ] as [(String, Double?)])
    func `The soft limit of descriptors is read`(text: String, limit: Double?) {
        #expect(ProcessStatus.maximumDescriptors(limits: text) == limit)
    }

    @Test(
        arguments: [("cpu 1 2\nintr 5 0 0\nbtime 1700000000\nprocesses 5\n", 1_700_000_000), ("cpu 1 2\n", nil), ("btime soon\n", nil)]
            as [(String, UInt64?)])
    func `The time of boot is read`(text: String, time: UInt64?) {
        #expect(ProcessStatus.bootTime(stat: text) == time)
    }
}
