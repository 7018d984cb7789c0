import Testing

@testable import RoadsteadMetrics

struct MetricCellsTests {
    static let requests = MetricDefinition(name: "test_requests_total", kind: .counter, help: "Requests.", labels: ["route"])
    static let depth = MetricDefinition(name: "test_depth", kind: .gauge, help: "Depth.")
    static let size = MetricDefinition(name: "test_size_bytes", kind: .histogram(buckets: [1, 2, 4]), help: "Sizes.", labels: ["route"])

    @Test func `Asking for a series twice gives the same cell`() {
        let cells = MetricCells()
        let first = cells.cell(Self.requests, ["a"])
        #expect(cells.cell(Self.requests, ["b"]) != first)
        #expect(cells.cell(Self.requests, ["a"]) == first)
    }

    @Test func `A series shows as 0 from the moment it is asked for, and not before`() {
        let cells = MetricCells()
        #expect(cells.snapshot().value(Self.requests, ["a"]) == nil)
        _ = cells.cell(Self.requests, ["a"])
        #expect(cells.snapshot().value(Self.requests, ["a"]) == 0)
        #expect(cells.snapshot().value(Self.requests, ["b"]) == nil)
    }

    @Test func `Counters add up`() {
        let cells = MetricCells()
        let cell = cells.cell(Self.requests, ["a"])
        cells.add(to: cell)
        cells.add(41, to: cell)
        #expect(cells.snapshot().value(Self.requests, ["a"]) == 42)
    }

    @Test func `A counter that overflows begins again instead of stopping the gateway`() {
        let cells = MetricCells()
        let cell = cells.cell(Self.requests, ["a"])
        cells.add(.max, to: cell)
        cells.add(3, to: cell)
        #expect(cells.snapshot().value(Self.requests, ["a"]) == 2)
    }

    @Test func `Gauges move both ways and below zero`() {
        let cells = MetricCells()
        let cell = cells.cell(Self.depth)
        cells.adjust(cell, by: 5)
        cells.adjust(cell, by: -7)
        #expect(cells.snapshot().value(Self.depth) == -2)
        cells.set(cell, to: 0.25)
        cells.adjust(cell, by: 1)
        #expect(cells.snapshot().value(Self.depth) == 1.25)
    }

    @Test(
        arguments: [
            (-1, [1, 0, 0, 0]), (0, [1, 0, 0, 0]), (1, [1, 0, 0, 0]), (1.0001, [0, 1, 0, 0]), (2, [0, 1, 0, 0]),
            (4, [0, 0, 1, 0]), (4.0001, [0, 0, 0, 1]), (Double.infinity, [0, 0, 0, 1]),
        ] as [(Double, [UInt64])])
    func `A bucket's bound belongs to it`(value: Double, counts: [UInt64]) {
        let cells = MetricCells()
        let cell = cells.cell(Self.size, ["a"])
        cells.observe(value, in: cell)
        let text = cells.snapshot().text(.prometheus)
        var cumulated: UInt64 = 0
        for (bound, count) in zip(["1", "2", "4", "+Inf"], counts) {
            cumulated += count
            #expect(text.contains("test_size_bytes_bucket{route=\"a\",le=\"\(bound)\"} \(cumulated)\n"))
        }
    }

    @Test func `A histogram keeps its sum and count, and leaves out what is not a number`() {
        let cells = MetricCells()
        let cell = cells.cell(Self.size, ["a"])
        for value in [0.5, 1.5, 100, .nan] { cells.observe(value, in: cell) }
        #expect(cells.snapshot().value(Self.size, ["a"]) == 3)
        #expect(cells.snapshot().sum(Self.size, ["a"]) == 102)
    }

    @Test func `Durations are observed in seconds`() {
        let cells = MetricCells()
        let cell = cells.cell(MetricCatalogue.sessionDuration)
        cells.observe(.milliseconds(1500), in: cell)
        cells.observe(.seconds(3), in: cell)
        #expect(cells.snapshot().sum(MetricCatalogue.sessionDuration) == 4.5)
    }

    @Test func `Neighbouring series keep apart, whatever their kinds`() {
        let cells = MetricCells()
        let first = cells.cell(Self.size, ["a"])
        let counter = cells.cell(Self.requests, ["a"])
        let second = cells.cell(Self.size, ["b"])
        let gauge = cells.cell(Self.depth)
        for value in [0.0, 3, 9] { cells.observe(value, in: first) }
        cells.observe(9, in: second)
        cells.add(7, to: counter)
        cells.set(gauge, to: -1)
        let snapshot = cells.snapshot()
        #expect(snapshot.value(Self.size, ["a"]) == 3)
        #expect(snapshot.sum(Self.size, ["a"]) == 12)
        #expect(snapshot.value(Self.size, ["b"]) == 1)
        #expect(snapshot.sum(Self.size, ["b"]) == 9)
        #expect(snapshot.value(Self.requests, ["a"]) == 7)
        #expect(snapshot.value(Self.depth) == -1)
    }

    @Test func `A snapshot does not change when the loop counts on`() {
        let cells = MetricCells()
        let cell = cells.cell(Self.requests, ["a"])
        cells.add(to: cell)
        let before = cells.snapshot()
        cells.add(to: cell)
        _ = cells.cell(Self.requests, ["b"])
        #expect(before.value(Self.requests, ["a"]) == 1)
        #expect(before.value(Self.requests, ["b"]) == nil)
        #expect(cells.snapshot().value(Self.requests, ["a"]) == 2)
    }

    @Test func `A wrong number of label values stops the program`() async {
        await #expect(processExitsWith: .failure) { _ = MetricCells().cell(MetricCatalogue.sessions, ["only one"]) }
    }

    @Test func `An operation that does not fit the cell's kind stops the program`() async {
        await #expect(processExitsWith: .failure) {
            let cells = MetricCells()
            cells.add(to: cells.cell(MetricCatalogue.queuedBytes))
        }
        await #expect(processExitsWith: .failure) {
            let cells = MetricCells()
            cells.set(cells.cell(MetricCatalogue.upstreamReconnects), to: 1)
        }
        await #expect(processExitsWith: .failure) {
            let cells = MetricCells()
            cells.observe(1.0, in: cells.cell(MetricCatalogue.queuedBytes))
        }
    }
}
