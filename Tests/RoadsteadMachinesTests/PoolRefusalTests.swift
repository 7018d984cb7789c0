import RoadsteadMachines
import Testing

@Suite("A pool's refusal")
struct PoolRefusalTests {
    static let rows: [(PoolRefusal, status: Int, isFinal: Bool, explanation: String)] = [
        (.noCapacity, 503, false, "no upstream connection free"),
        (.noHealthyUpstream, 503, false, "no healthy upstream"),
        (.unreachable("connection refused"), 502, false, "upstream refused: connection refused"),
        (.invalid("not HTTP"), 502, false, "upstream refused: not HTTP"),
        (.tooSlow, 504, false, "upstream too slow"),
        (.declined(status: 200), 502, true, "upstream answered 200 to the upgrade"),
        (.declined(status: 302), 502, true, "upstream answered 302 to the upgrade"),
        (.declined(status: 401), 502, true, "upstream answered 401 to the upgrade"),
        (.declined(status: 499), 502, true, "upstream answered 499 to the upgrade"),
        (.declined(status: 500), 502, false, "upstream answered 500 to the upgrade"),
        (.declined(status: 503), 502, false, "upstream answered 503 to the upgrade"),
    ]

    @Test("has a status, a line for the client, and a view on whether to ask again", arguments: rows)
    func explains(_ refusal: PoolRefusal, _ status: Int, _ isFinal: Bool, _ explanation: String) {
        #expect(refusal.status == status)
        #expect(refusal.isFinal == isFinal)
        #expect(refusal.explanation == explanation)
    }
}
