import RoadsteadMetrics
import RoadsteadWire

/// Answers operators' requests (DESIGN section 7) by asking the shards.
struct AdminAPI: Sendable {
    let gateway: Gateway
    let token: String?
    let publicMetrics: Bool

    func respond(to request: AdminRequest) async -> HTTPResponse {
        if let refusal = unauthorized(request) ?? rebound(request) ?? forged(request) { return refusal }
        switch request.path {
        case "/healthz": return await only(["GET"], request) { .text(200, "ok\n") }
        case "/readyz":
            return await only(["GET"], request) { gateway.isReady ? .text(200, "ready\n") : .text(503, "draining or not listening\n") }
        case "/metrics": return await only(["GET"], request) { await metrics(request) }
        case "/api/v1/info": return await only(["GET"], request) { .json(200, info) }
        case "/api/v1/sessions": return await only(["GET"], request) { await sessions(request) }
        case "/api/v1/reload": return await only(["POST"], request) { await reload() }
        case "/api/v1/upstreams": return await only(["GET"], request) { await upstreams() }
        case let path where path.hasPrefix("/api/v1/upstreams/"):
            return await upstream(String(path.dropFirst("/api/v1/upstreams/".count)), request)
        case let path where path.hasPrefix("/api/v1/sessions/"):
            return await one(String(path.dropFirst("/api/v1/sessions/".count)), request)
        case let path: return .problem(404, "there is nothing at \(path)")
        }
    }

    private func unauthorized(_ request: AdminRequest) -> HTTPResponse? {
        guard let token, request.path != "/healthz", request.path != "/readyz", !(request.path == "/metrics" && publicMetrics) else {
            return nil
        }
        let given = request.headers.first("Authorization") ?? ""
        guard !Self.isEqual(given, "Bearer \(token)") else { return nil }
        return .problem(401, "a bearer token is needed", [HeaderField(name: "WWW-Authenticate", value: "Bearer")])
    }

    /// Without a token this machine alone can ask. But a page from elsewhere may have its own name resolved to this machine, and then passes
    /// for one from here (DNS rebinding); its requests still carry that name.
    private func rebound(_ request: AdminRequest) -> HTTPResponse? {
        guard token == nil, !["/healthz", "/readyz", "/metrics"].contains(request.path), let host = request.headers.first("Host") else {
            return nil
        }
        guard !Self.isOfThisMachine(host) else { return nil }
        return .problem(403, "without admin.token_file only an IP address or localhost is answered as the host, not \(host.prefix(256))")
    }

    /// Whether it is an address or `localhost`, with or without a port: no name that somebody else could have resolved.
    private static func isOfThisMachine(_ host: String) -> Bool {
        guard !host.hasPrefix("[") else { return true }
        let name = host.prefix { $0 != ":" }.lowercased()
        return name == "localhost" || name.hasSuffix(".localhost") || name.utf8.allSatisfy { (48...57).contains($0) || $0 == 46 }
    }

    /// Browsers name the site of the page that sends a request: other people's pages must not have an operator's browser change anything.
    private func forged(_ request: AdminRequest) -> HTTPResponse? {
        guard request.method != "GET", request.method != "HEAD", let origin = request.headers.first("Origin") else { return nil }
        guard let host = request.headers.first("Host"), origin == "http://\(host)" || origin == "https://\(host)" else {
            return .problem(403, "a page of \(origin) may not ask for this")
        }
        return nil
    }

    /// Takes as long for a good guess as for a bad one.
    private static func isEqual(_ first: String, _ second: String) -> Bool {
        let (one, other) = (Array(first.utf8), Array(second.utf8))
        var difference = one.count ^ other.count
        for index in other.indices { difference |= Int(other[index] ^ (index < one.count ? one[index] : 0)) }
        return difference == 0
    }

    func only(_ methods: [String], _ request: AdminRequest, _ answer: () async -> HTTPResponse) async -> HTTPResponse {
        if methods.contains(request.method) || (request.method == "HEAD" && methods.contains("GET")) { return await answer() }
        return .problem(
            405, "only \(methods.joined(separator: ", ")) here", [HeaderField(name: "Allow", value: methods.joined(separator: ", "))])
    }

    private func metrics(_ request: AdminRequest) async -> HTTPResponse {
        let format = MetricFormat.negotiated(accept: request.headers.first("Accept"))
        return .text(200, await gateway.measurements().text(format), type: format.contentType)
    }

    private var info: JSON {
        .object([
            ("version", .string(gateway.version)),
            ("uptime_seconds", .number(gateway.startedAt.duration(to: .now).seconds)),
            ("loops", .integer(Int64(gateway.shards.count))),
            ("config_generation", .integer(Int64(gateway.live.withLock { $0.generation }))),
            (
                "listeners",
                .array(
                    gateway.addresses.map {
                        .object([("name", .string($0.name)), ("address", .string($0.address)), ("tls", .boolean($0.isSecure))])
                    })
            ),
        ])
    }

    private func sessions(_ request: AdminRequest) async -> HTTPResponse {
        let page: SessionPage
        switch SessionPage.parse(request.query) {
        case .failure(let problem): return .problem(400, problem.words)
        case .success(let parsed): page = parsed
        }
        var found: [(place: SessionQuery.Place, shard: Int)] = []
        for (index, shard) in gateway.shards.enumerated() {
            found += await shard.places(page.query, first: page.offset + page.limit + 1).map { ($0, index) }
        }
        found.sort { $0.place < $1.place }
        let wanted = found.dropFirst(page.offset).prefix(page.limit)
        var sessions: [SessionID: SessionSnapshot] = [:]
        for (index, shard) in gateway.shards.enumerated() {
            for session in await shard.sessions(Set(wanted.lazy.filter { $0.shard == index }.map(\.place.id))) {
                sessions[session.id] = session
            }
        }
        // One that was forgotten in between is left out.
        let shown = wanted.compactMap { sessions[$0.place.id] }
        let next: JSON = found.count > page.offset + page.limit ? .string("\(page.offset + page.limit)") : .null
        return .json(200, .object([("sessions", .array(shown.map(\.json))), ("next", next)]))
    }

    private func one(_ text: String, _ request: AdminRequest) async -> HTTPResponse {
        await only(["GET", "DELETE"], request) {
            guard let id = SessionID(text) else { return .problem(404, "no session \(text)") }
            if request.method == "DELETE" { return await kick(id, request) }
            for shard in gateway.shards {
                if let session = await shard.session(id) { return .json(200, session.json) }
            }
            return .problem(404, "no session \(text)")
        }
    }

    private func kick(_ id: SessionID, _ request: AdminRequest) async -> HTTPResponse {
        guard let code = UInt16(request.query.first("code") ?? "1008"), CloseCode(rawValue: code).isValidOnWire else {
            return .problem(400, "code: expected a close code that may be sent, such as 1008 or 4000")
        }
        let reason = request.query.first("reason") ?? "kicked"
        guard reason.utf8.count <= CloseFrame.maximumReasonLength else { return .problem(400, "reason: at most 123 bytes") }
        for shard in gateway.shards where await shard.kick(id, code: code, reason: reason) {
            return HTTPResponse(status: 204, headers: [], body: [])
        }
        return .problem(404, "no live session \(id)")
    }
}
