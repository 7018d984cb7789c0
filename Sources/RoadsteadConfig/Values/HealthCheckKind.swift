/// What a health check of an endpoint does.
public enum HealthCheckKind: String, Sendable, Equatable, CaseIterable {
    /// Connects, with TLS where the endpoint is `wss://`.
    case tcp
    /// Asks for a path and expects a status from 200 to 399.
    case http
    /// Upgrades, pings and expects the pong.
    case websocket
    /// Nothing: the endpoint counts as up until sessions fail on it.
    case none
}
