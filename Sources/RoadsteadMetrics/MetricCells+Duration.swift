extension MetricCells {
    /// Records a duration in a histogram of seconds.
    public func observe(_ duration: Duration, in cell: MetricCell) {
        let (seconds, attoseconds) = duration.components
        observe(Double(seconds) + Double(attoseconds) * 1e-18, in: cell)
    }
}
