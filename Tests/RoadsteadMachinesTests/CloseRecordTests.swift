import RoadsteadMachines
import Testing

@Suite("A close record")
struct CloseRecordTests {
    @Test("has the causes that people's scripts know, and no others")
    func namesCauses() {
        #expect(
            CloseCause.allCases.map(\.rawValue) == [
                "normal", "going_away", "protocol_error", "invalid_utf8", "message_too_big", "heartbeat_timeout", "idle_timeout",
                "lifetime",
                "handshake_timeout", "slow_client", "rate_limit", "kicked", "drain", "upstream_closed", "upstream_lost",
                "upstream_unavailable", "authentication_expired", "tls_error", "reset", "capacity", "internal",
            ])
    }

    @Test("says who ended the session in four words")
    func namesClosers() { #expect(ClosedBy.allCases.map(\.rawValue) == ["client", "gateway", "upstream", "network"]) }

    @Test("names the stage in the words of a session's state")
    func namesStages() {
        #expect(
            SessionState.allCases.map(\.rawValue) == ["handshaking", "upgrading", "attaching", "open", "detached", "closing", "closed"])
    }
}
