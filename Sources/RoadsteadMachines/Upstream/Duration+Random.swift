extension Duration {
    /// Uniform from nothing to `bound`, both included.
    static func random(upTo bound: Duration, using generator: inout some RandomNumberGenerator) -> Duration {
        Duration(attoseconds: Int128.random(in: 0...max(bound.attoseconds, 0), using: &generator))
    }
}
