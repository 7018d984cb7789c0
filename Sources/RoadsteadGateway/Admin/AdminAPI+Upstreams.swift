import RoadsteadMachines
import RoadsteadWire

// `/api/v1/upstreams` and what can be asked of one.
extension AdminAPI {
    /// `GET /api/v1/upstreams`.
    func upstreams() async -> HTTPResponse {
        var described: [JSON] = []
        let health = await gateway.upstreamHealth()
        let pools = await gateway.pools()
        for (place, upstream) in gateway.runtime.upstreams.enumerated() {
            let endpoints = upstream.endpoints.enumerated().map { index, endpoint in
                Self.json(endpoint.address.text, health[place].endpoints[index], pools[place].endpoints[index])
            }
            described.append(
                .object([
                    ("name", .string(upstream.configuration.name)), ("panic", .boolean(health[place].isPanicking)),
                    ("waiting", .integer(Int64(pools[place].waiting))), ("endpoints", .array(endpoints)),
                ]))
        }
        return .json(200, .object([("upstreams", .array(described))]))
    }

    private static func json(_ address: String, _ health: EndpointHealthSnapshot, _ pool: EndpointSnapshot) -> JSON {
        let connections = pool.connections
        let counts = [
            ("connecting", connections.connecting), ("warm", connections.warm), ("leased", connections.leased),
            ("backing_off", connections.backingOff), ("closing", connections.closing),
        ]
        return .object([
            ("address", .string(address)), ("state", .string(health.state.rawValue)),
            ("admission", .string(health.admission.rawValue)),
            ("last_check", .optional(health.lastCheck?.rawValue)), ("sessions", .integer(Int64(connections.leased))),
            ("connections", .object(counts.map { ($0, .integer(Int64($1))) })), ("warm", .integer(Int64(connections.warm))),
            ("waiting", .integer(Int64(pool.waiting))), ("failures", .integer(Int64(clamping: health.failures))),
            ("ejections", .integer(Int64(clamping: health.ejections))),
        ])
    }

    /// `POST /api/v1/upstreams/NAME/drain`, `/undrain` and `/rebalance`.
    func upstream(_ rest: String, _ request: AdminRequest) async -> HTTPResponse {
        let parts = rest.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let wish = UpstreamWish(rawValue: String(parts[1])) else {
            return .problem(404, "there is nothing at \(request.path)")
        }
        let name = String(parts[0])
        return await only(["POST"], request) {
            guard let place = gateway.runtime.upstreams.firstIndex(where: { $0.configuration.name == name }) else {
                return .problem(404, "no upstream \(name)")
            }
            switch wish {
            case .rebalance: await gateway.rebalance(place)
            case .drain, .undrain:
                guard let address = request.query.first("endpoint") else {
                    return .problem(400, "endpoint: expected the address of an endpoint of \(name), as configured")
                }
                guard let endpoint = gateway.runtime.upstreams[place].endpoints.firstIndex(where: { $0.address.text == address }) else {
                    return .problem(404, "upstream \(name) has no endpoint \(address)")
                }
                await gateway.setDraining(wish == .drain, upstream: place, endpoint: endpoint)
            }
            return .json(202, .object([("upstream", .string(name)), ("accepted", .string(wish.rawValue))]))
        }
    }
}

/// What can be asked of an upstream.
private enum UpstreamWish: String {
    case drain, undrain, rebalance
}
