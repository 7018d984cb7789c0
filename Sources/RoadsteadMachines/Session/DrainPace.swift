/// How fast sessions are closed while draining (configuration `drain`).
public enum DrainPace {
    /// How many of `total` sessions are due after `elapsed`, spread evenly over `spread`; the first at once.
    public static func due(of total: Int, after elapsed: Duration, spread: Duration) -> Int {
        guard elapsed >= .zero else { return 0 }
        guard elapsed < spread else { return total }
        return min(total, Int(Double(total) * (elapsed / spread)) + 1)
    }
}
