import Foundation
import RoadsteadMetrics
import Testing

struct PromtoolTests {
    /// Two loops with every metric of the catalogue in several series, with label values as nasty as they come.
    static var everything: MetricSnapshot {
        var snapshot = MetricSnapshot()
        for loop in 0..<2 {
            let cells = MetricCells()
            for definition in MetricCatalogue.all {
                for value in ["plain", "", "ws://127.0.0.1:9001/base", #"quote " backslash \ "#, "line\nfeed", "umlaut ü ship 🚢"] {
                    fill(cells.cell(definition, definition.labels.map { _ in value }), of: definition, in: cells, loop)
                }
            }
            snapshot.merge(cells.snapshot())
        }
        ProcessMetrics.collect(into: &snapshot)
        return snapshot
    }

    static func fill(_ cell: MetricCell, of definition: MetricDefinition, in cells: MetricCells, _ loop: Int) {
        switch definition.kind {
        case .counter: cells.add(UInt64(loop) * 1_000_000_007 + 1, to: cell)
        case .gauge: cells.set(cell, to: loop == 0 ? 0.1 : -12345.678e9)
        case .histogram(let buckets): for bound in buckets { cells.observe(bound * 1.1, in: cell) }
        }
    }

    @Test func `promtool has nothing to say about a page with everything on it`() throws {
        let page = Self.everything.text(.prometheus)
        for definition in MetricCatalogue.all { #expect(page.contains("# TYPE \(definition.name) ")) }
        #expect(try Promtool.run(["check", "metrics"], input: page) == .content)
    }

    @Test(arguments: [
        ("test_things 1\n", "no help text"),
        ("# HELP test_things Things.\n# TYPE test_things counter\ntest_things 1\n", "should have \"_total\" suffix"),
        ("# HELP a A.\n# TYPE a gauge\na{b=\"c\nd\"} 1\n", "error while linting"),
    ])
    func `promtool complains about what is wrong, so that its silence means something`(page: String, complaint: String) throws {
        let verdict = try Promtool.run(["check", "metrics"], input: page)
        #expect(verdict.status != 0)
        #expect(verdict.words.contains(complaint), "It said: \(verdict.words)")
    }

    @Test func `Prometheus's OpenMetrics parser reads the same page`() throws {
        #expect(try Self.importing(Self.everything.text(.openMetrics)).status == 0)
    }

    @Test func `Prometheus's OpenMetrics parser refuses a page that was cut off`() throws {
        let page = Self.everything.text(.openMetrics)
        #expect(try Self.importing(String(page.dropLast("# EOF\n".count))).status != 0)
    }

    /// Has promtool read an OpenMetrics page into a database of its own, for which every sample needs a time.
    static func importing(_ page: String) throws -> Promtool.Verdict {
        let directory = try Promtool.temporaryDirectory()
        defer { try? FileManager.default.removeItem(at: directory) }
        let file = directory.appending(path: "page")
        let lines = page.split(separator: "\n").map { $0.hasPrefix("#") ? "\($0)\n" : "\($0) 1700000000\n" }
        try Data(lines.joined().utf8).write(to: file)
        return try Promtool.run(["tsdb", "create-blocks-from", "openmetrics", file.path, directory.appending(path: "data").path])
    }
}
