/// How endpoints of one upstream are judged (configuration `health`, `outlier` and `reconnect`).
public struct HealthPolicy: Sendable, Equatable {
    /// There are no checks while nothing goes wrong (`kind: none`): only what sessions report counts, and probes of what they lost.
    public var isPassive: Bool
    /// A check that succeeds had a request answered (`kind: http` and `websocket`), rather than a connection only.
    public var asksForAnswer: Bool
    /// From one check to the next.
    public var interval: Duration
    /// How long one check may take.
    public var timeout: Duration
    /// Successful checks in a row that make a down endpoint up.
    public var rise: Int
    /// Failed checks in a row that make an endpoint down.
    public var fall: Int
    /// Failed attempts in a row that eject an endpoint; 0 = none do.
    public var failures: Int
    /// How long the first ejection lasts.
    public var eject: Duration
    /// The share of the endpoints, in percent, that may be ejected at one time.
    public var maximumEjected: Int
    /// The upper bound of the first wait before an endpoint that can't be reached is probed.
    public var backoffInitial: Duration
    /// The upper bound of every such wait.
    public var backoffMaximum: Duration

    /// The defaults of the configuration, for whatever is not given.
    public init(
        isPassive: Bool = false, asksForAnswer: Bool = false, interval: Duration = .seconds(2), timeout: Duration = .seconds(1),
        rise: Int = 2,
        fall: Int = 3, failures: Int = 5, eject: Duration = .seconds(10), maximumEjected: Int = 50,
        backoffInitial: Duration = .milliseconds(100),
        backoffMaximum: Duration = .seconds(10)
    ) {
        self.isPassive = isPassive
        self.asksForAnswer = asksForAnswer
        self.interval = interval
        self.timeout = timeout
        self.rise = rise
        self.fall = fall
        self.failures = failures
        self.eject = eject
        self.maximumEjected = maximumEjected
        self.backoffInitial = backoffInitial
        self.backoffMaximum = backoffMaximum
    }
}
