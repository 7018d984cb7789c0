/// Which of how many equal parts of a total is this loop's.
struct LoopShare: Sendable {
    let index: Int
    let count: Int

    /// The parts of all loops add up to the total.
    func part(of total: Int) -> Int { total / count + (index < total % count ? 1 : 0) }
}
