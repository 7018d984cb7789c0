/// Everything an operator can decide about a gateway, as one validated value.
///
/// It is read whole, checked whole and swapped whole: a gateway holds one `Configuration`, and a reload replaces it with
/// another or leaves it alone. Property names are the keys of the YAML file in camel case; a `Configuration()` has every
/// default and no listeners, routes, upstreams or authenticators.
public struct Configuration: Sendable, Equatable {
    /// The number of event loops; 0 means one per core.
    public var loops = 0
    /// Where clients connect.
    public var listeners: [ListenerConfiguration] = []
    /// The operators' listener.
    public var admin = AdminConfiguration()
    /// Which request goes where; the first that matches wins.
    public var routes: [RouteConfiguration] = []
    /// The backends that routes name.
    public var upstreams: [UpstreamConfiguration] = []
    /// The ways of knowing a user that routes name.
    public var authenticators: [AuthenticatorConfiguration] = []
    /// Bounds of the whole gateway.
    public var limits = LimitsConfiguration()
    /// How the gateway goes down without hurting its clients.
    public var drain = DrainConfiguration()
    /// What is written to standard error.
    public var log = LogConfiguration()

    /// A configuration with every default and empty lists.
    public init() {}
}
