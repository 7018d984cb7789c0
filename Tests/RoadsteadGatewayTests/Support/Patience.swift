/// How long the tests wait for what must happen: far longer than it takes, so that only a defect or a hang reaches the end of it.
enum Patience {
    static let limit: Duration = .seconds(60)

    /// Asks again and again until the answer is yes. Each question is a rendezvous with the gateway's loops, not a sleep.
    static func until(_ what: String, _ condition: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + limit
        while try await !condition() {
            guard ContinuousClock.now < deadline else { throw TestFailure("not within \(limit): \(what)") }
        }
    }
}
