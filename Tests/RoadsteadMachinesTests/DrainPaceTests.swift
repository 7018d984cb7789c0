import RoadsteadMachines
import Testing

@Suite("Draining")
struct DrainPaceTests {
    /// Sessions, elapsed and spread in milliseconds, and how many are due.
    static let rows: [(Int, Int, Int, due: Int)] = [
        (100, 0, 20_000, 1),
        (100, 199, 20_000, 1),
        (100, 200, 20_000, 2),
        (100, 10_000, 20_000, 51),
        (100, 19_799, 20_000, 99),
        (100, 19_800, 20_000, 100),
        (100, 19_999, 20_000, 100),
        (100, 20_000, 20_000, 100),
        (100, 3_600_000, 20_000, 100),
        (1, 0, 20_000, 1),
        (0, 0, 20_000, 0),
        (0, 30_000, 20_000, 0),
        (100, 0, 0, 100),
        (3, 0, 1, 1),
        (3, 1, 1, 3),
        (100_000, 20, 20_000, 101),
        (100, -1, 20_000, 0),
        (100, -9_000, 20_000, 0),
    ]

    @Test("closes the first session at once and the last within the spread", arguments: rows)
    func paces(_ total: Int, _ elapsed: Int, _ spread: Int, _ due: Int) {
        #expect(DrainPace.due(of: total, after: .milliseconds(elapsed), spread: .milliseconds(spread)) == due)
    }

    @Test("never goes back and never exceeds the total", arguments: [1, 2, 7, 1000, 99_999])
    func isMonotone(_ total: Int) {
        var last = 0
        for elapsed in stride(from: 0, through: 21_000, by: 7) {
            let due = DrainPace.due(of: total, after: .milliseconds(elapsed), spread: .seconds(20))
            #expect(due >= last && due <= total)
            #expect(due - last <= total * 7 / 20_000 + 2, "\(total) sessions leap at \(elapsed) ms")
            last = due
        }
        #expect(last == total)
    }
}
