extension Duration {
    /// As metrics and JSON have it.
    var seconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }

    /// As JSON has round trips.
    var milliseconds: Double { seconds * 1000 }
}
