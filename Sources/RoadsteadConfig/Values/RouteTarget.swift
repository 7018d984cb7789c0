/// Where the messages of a route go.
public enum RouteTarget: Sendable, Equatable {
    /// Back to the client, message by message.
    case echo
    /// To the upstream with this name.
    case upstream(String)
}
