import RoadsteadWire

// `POST /api/v1/reload`.
extension AdminAPI {
    /// Reads the configuration again and tells what came of it.
    func reload() async -> HTTPResponse {
        switch await gateway.reload(by: "api") {
        case .taken(let generation, let pending):
            .json(
                200,
                .object([
                    ("generation", .integer(Int64(generation))), ("pending_restart", .array(pending.map(JSON.string))),
                ]))
        case .refused(let refusal):
            .problem(
                422, "the configuration is refused; the running one stays", members: [("errors", .array(refusal.errors.map(JSON.string)))])
        case .unavailable(let reason):
            .problem(503, "the gateway does not reload now: \(reason)")
        }
    }
}
