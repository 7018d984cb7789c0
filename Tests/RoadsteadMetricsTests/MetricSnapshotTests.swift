import Testing

@testable import RoadsteadMetrics

struct MetricSnapshotTests {
    /// What a loop would hand over that counted `amount` everywhere.
    static func loop(_ amount: Int, utilization: Double, state: Double) -> MetricSnapshot {
        let cells = MetricCells()
        cells.add(UInt64(amount), to: cells.cell(MetricCatalogue.sessionsOpened, ["chat"]))
        cells.adjust(cells.cell(MetricCatalogue.sessions, ["chat", "open"]), by: amount)
        for _ in 0..<amount { cells.observe(Double(amount), in: cells.cell(MetricCatalogue.sessionDuration)) }
        cells.set(cells.cell(MetricCatalogue.loopUtilization, ["\(amount)"]), to: utilization)
        cells.set(cells.cell(MetricCatalogue.upstreamState, ["chat", "a:1"]), to: state)
        return cells.snapshot()
    }

    static func expectMerged(_ snapshot: MetricSnapshot) {
        #expect(snapshot.value(MetricCatalogue.sessionsOpened, ["chat"]) == 5)
        #expect(snapshot.value(MetricCatalogue.sessions, ["chat", "open"]) == 5)
        #expect(snapshot.value(MetricCatalogue.sessionDuration) == 5)
        #expect(snapshot.sum(MetricCatalogue.sessionDuration) == 13)
        #expect(snapshot.value(MetricCatalogue.loopUtilization, ["2"]) == 0.5)
        #expect(snapshot.value(MetricCatalogue.loopUtilization, ["3"]) == 0.25)
        #expect(snapshot.value(MetricCatalogue.upstreamState, ["chat", "a:1"]) == 1)
    }

    @Test func `Counters, histograms and gauges of several loops add up, and the largest state stands`() {
        var snapshot = MetricSnapshot()
        snapshot.merge(Self.loop(2, utilization: 0.5, state: 1))
        snapshot.merge(Self.loop(3, utilization: 0.25, state: 1))
        Self.expectMerged(snapshot)
    }

    @Test func `Merging gives the same when pages were partly made before`() {
        var first = Self.loop(2, utilization: 0.5, state: 1)
        first.set(MetricCatalogue.buildInfo, ["1.0"], to: 1)
        var second = Self.loop(3, utilization: 0.25, state: 0)
        second.set(MetricCatalogue.buildInfo, ["1.0"], to: 1)
        first.merge(second)
        Self.expectMerged(first)
        #expect(first.value(MetricCatalogue.buildInfo, ["1.0"]) == 1)
    }

    @Test func `What is set replaces what was counted, and what is merged later adds to it`() {
        var snapshot = Self.loop(2, utilization: 0, state: 0)
        snapshot.set(MetricCatalogue.sessions, ["chat", "open"], to: 10)
        #expect(snapshot.value(MetricCatalogue.sessions, ["chat", "open"]) == 10)
        snapshot.merge(Self.loop(3, utilization: 0, state: 0))
        #expect(snapshot.value(MetricCatalogue.sessions, ["chat", "open"]) == 13)
    }

    @Test func `A series that nobody asked for has no value`() {
        #expect(MetricSnapshot().value(MetricCatalogue.queuedBytes) == nil)
        #expect(MetricSnapshot().sum(MetricCatalogue.sessionDuration) == nil)
        #expect(Self.loop(1, utilization: 0, state: 0).sum(MetricCatalogue.sessionsOpened, ["chat"]) == nil)
    }

    @Test func `Setting a histogram or giving the wrong number of labels stops the program`() async {
        await #expect(processExitsWith: .failure) {
            var snapshot = MetricSnapshot()
            snapshot.set(MetricCatalogue.sessionDuration, to: 1)
        }
        await #expect(processExitsWith: .failure) {
            var snapshot = MetricSnapshot()
            snapshot.set(MetricCatalogue.queuedBytes, ["extra"], to: 1)
        }
    }
}
