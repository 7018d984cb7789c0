import RoadsteadMachines
import Testing

@Suite("A pool's refusal")
struct PoolRefusalTests {
    static let rows: [(PoolRefusal, status: Int, allowsAnother: Bool, explanation: String)] = [
        (.noCapacity, 503, true, "no upstream connection free"),
        (.unreachable("connection refused"), 502, true, "upstream refused: connection refused"),
        (.tooSlow, 504, true, "upstream too slow"),
        (.declined(status: 200), 502, false, "upstream answered 200 to the upgrade"),
        (.declined(status: 302), 502, false, "upstream answered 302 to the upgrade"),
        (.declined(status: 401), 502, false, "upstream answered 401 to the upgrade"),
        (.declined(status: 499), 502, false, "upstream answered 499 to the upgrade"),
        (.declined(status: 500), 502, true, "upstream answered 500 to the upgrade"),
        (.declined(status: 503), 502, true, "upstream answered 503 to the upgrade"),
    ]

    @Test("has a status, a line for the client, and a view on the other endpoints", arguments: rows)
    func explains(_ refusal: PoolRefusal, _ status: Int, _ allowsAnother: Bool, _ explanation: String) {
        #expect(refusal.status == status)
        #expect(refusal.allowsAnotherEndpoint == allowsAnother)
        #expect(refusal.explanation == explanation)
    }
}
