// The health of all endpoints of one upstream (DESIGN section 6).
//
//    reported, timerFired, checkFinished ──▶ EndpointHealthMachine (one each) ──┬──▶ nextChange: what an endpoint has become
//                     ▲                                                         │
//    share of ejected ┘ at most floor(n * maximum_ejected / 100)                └──▶ nextChange: no endpoint is up, one is again
//
//    calm ── no endpoint is up ──▶ panicking ── one is up ──▶ calm
//
// What is decided here is what no endpoint can decide alone: whether one more may be ejected, and whether any is left. While none is, pools
// try the least bad ones: a session refused for certain is worse than one that may fail.

/// Decides what the endpoints of one upstream are fit for.
public struct UpstreamHealthMachine: Sendable {
    /// What has changed, for pools, logs and metrics.
    public enum Change: Equatable, Sendable {
        /// Anything about this endpoint.
        case endpoint(Int, from: EndpointStatus, to: EndpointStatus)
        /// No endpoint is up any more.
        case panicBegan
        /// An endpoint is up again.
        case panicEnded
    }

    /// Each endpoint's own health, by its index.
    public private(set) var endpoints: [EndpointHealthMachine]
    private let maximumEjected: Int
    private var changes: [Change] = []

    /// Endpoints that nobody has looked at.
    public init(endpoints count: Int, policy: HealthPolicy, at now: Instant, using generator: inout some RandomNumberGenerator) {
        precondition(count > 0, "An upstream has at least one endpoint.")
        var endpoints: [EndpointHealthMachine] = []
        for _ in 0..<count { endpoints.append(EndpointHealthMachine(policy, at: now, using: &generator)) }
        self.endpoints = endpoints
        maximumEjected = count * policy.maximumEjected / 100
    }

    /// Whether no endpoint is up.
    public var isPanicking: Bool { endpoints.allSatisfy { $0.status.state != .up } }

    /// What the inputs since the last call have changed, in order; nil = nothing more.
    public mutating func nextChange() -> Change? { changes.isEmpty ? nil : changes.removeFirst() }

    /// A loop told what happened to a session on this endpoint.
    public mutating func reported(
        _ report: EndpointReport, endpoint: Int, at now: Instant, using generator: inout some RandomNumberGenerator
    ) {
        let mayEject = endpoints.count(where: \.isEjected) < maximumEjected
        changing(endpoint) { machine in
            switch report {
            case .attemptFailed(let result): machine.attemptFailed(result, mayEject: mayEject, at: now, using: &generator)
            case .attemptSucceeded: machine.attemptSucceeded()
            case .connectionLost: machine.connectionLost(at: now)
            }
        }
    }

    /// This endpoint's timer fired.
    public mutating func timerFired(endpoint: Int, at now: Instant) -> EndpointHealthMachine.Action {
        changing(endpoint) { $0.timerFired(at: now) }
    }

    /// A check of this endpoint ended.
    public mutating func checkFinished(
        endpoint: Int, number: UInt64, _ result: CheckResult, at now: Instant, using generator: inout some RandomNumberGenerator
    ) {
        changing(endpoint) { $0.checkFinished(number: number, result, at: now, using: &generator) }
    }

    /// A check of this endpoint could not be made.
    public mutating func checkAbandoned(endpoint: Int, number: UInt64, at now: Instant) {
        changing(endpoint) { $0.checkAbandoned(number: number, at: now) }
    }

    /// An operator wants this endpoint empty.
    public mutating func drainRequested(endpoint: Int) { changing(endpoint) { $0.drainRequested() } }

    /// An operator wants this endpoint back.
    public mutating func undrainRequested(endpoint: Int) { changing(endpoint) { $0.undrainRequested() } }

    /// Runs an input of one endpoint and notes what it changed.
    private mutating func changing<Result>(_ index: Int, _ input: (inout EndpointHealthMachine) -> Result) -> Result {
        let (before, wasPanicking) = (endpoints[index].status, isPanicking)
        let result = input(&endpoints[index])
        let after = endpoints[index].status
        guard before != after else { return result }
        changes.append(.endpoint(index, from: before, to: after))
        switch (wasPanicking, isPanicking) {
        case (false, true): changes.append(.panicBegan)
        case (true, false): changes.append(.panicEnded)
        case (true, true), (false, false): break
        }
        return result
    }
}
