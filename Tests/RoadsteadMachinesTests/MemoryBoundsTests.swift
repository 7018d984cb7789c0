import RoadsteadMachines
import Testing

@Suite("The memory of all queues")
struct MemoryBoundsTests {
    private static let bounds = MemoryBounds(limit: 800)

    @Test(
        "is short above the limit, until it is down to seven eighths",
        arguments: [
            (0, false, false), (799, false, false), (800, false, false), (801, false, true), (5000, false, true),
            (801, true, true), (800, true, true), (701, true, true), (700, true, false), (699, true, false), (0, true, false),
        ])
    func pressed(total: Int, before: Bool, after: Bool) {
        #expect(Self.bounds.isPressed(total, before: before) == after)
    }

    @Test("is far too short above five quarters", arguments: [(800, false), (999, false), (1000, false), (1001, true)])
    func overflowing(total: Int, expected: Bool) {
        #expect(Self.bounds.isOverflowing(total) == expected)
    }

    @Test("leaves a queue what it has when there is enough, and little when there is not")
    func bounded() {
        let mebibyte = 1 << 20
        #expect(Self.bounds.bounded(mebibyte, isPressed: false) == mebibyte)
        #expect(Self.bounds.bounded(mebibyte, isPressed: true) == MemoryBounds.floor)
        #expect(Self.bounds.bounded(1024, isPressed: true) == 1024)
    }
}
