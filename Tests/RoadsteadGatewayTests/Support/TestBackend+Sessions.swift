import RoadsteadWire

extension TestBackend {
    /// Waits for a session's upgrade and leaves it unanswered. Connections that end without asking for anything, as those of health
    /// checks do, are passed over.
    func acceptRequest() throws -> BackendConnection {
        let deadline = ContinuousClock.now + Patience.limit
        while ContinuousClock.now < deadline {
            let connection = try acceptConnection()
            do {
                try secure(connection)
                try connection.readRequest()
                return connection
            } catch {
                connection.stream.close()
            }
        }
        throw TestFailure("no session asked the backend within \(Patience.limit)")
    }

    /// Waits for a session that is attached for the `attach`-th time, and answers it.
    func reattach(_ attach: Int, subprotocol: String? = nil) throws -> BackendConnection {
        let connection = try acceptRequest()
        let told = connection.request?.headers.all("Roadstead-Attach") ?? []
        guard told == [String(attach)] else { throw TestFailure("Roadstead-Attach is \(told), not \(attach)") }
        try connection.answer(subprotocol: subprotocol)
        return connection
    }
}
