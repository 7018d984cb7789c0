import Logging
import RoadsteadLoop
import RoadsteadMachines

/// Carries out what the health of one upstream decides: makes its checks, tells pools what endpoints have become, and logs. Loop-confined.
final class UpstreamHealthDriver {
    /// One endpoint's timer: armed for the deadline or earlier, so that a deadline that moves away costs nothing.
    private final class EndpointTimer: TimerHandler {
        let endpoint: Int
        weak var driver: UpstreamHealthDriver?
        var armed = TimerID.none
        var deadline = Instant.never

        init(endpoint: Int, driver: UpstreamHealthDriver) {
            self.endpoint = endpoint
            self.driver = driver
        }

        func timerFired(_ timer: TimerID) {
            armed = .none
            driver?.timerFired(endpoint)
        }
    }

    let runtime: UpstreamRuntime
    let logger: Logger
    private(set) var machine: UpstreamHealthMachine
    /// Checks that ended, by result.
    private(set) var checkCounts: [CheckResult: UInt64] = [:]
    /// Whether an endpoint's line "endpoint unreachable" still waits for its counterpart.
    var saidUnreachable: [Bool]
    private let context: LoopContext
    private let publish: (_ endpoint: Int, EndpointStatus) -> Void
    private let resolve: (EndpointRuntime) -> Void
    private var timers: [EndpointTimer] = []
    private var checks: [HealthCheck?]

    /// - Parameters:
    ///   - resolve: asked to look up the name of an endpoint that can't be reached.
    ///   - publish: hears every change of an endpoint's status.
    init(
        _ runtime: UpstreamRuntime, context: LoopContext, logger: Logger, resolve: @escaping (EndpointRuntime) -> Void,
        publish: @escaping (_ endpoint: Int, EndpointStatus) -> Void
    ) {
        self.runtime = runtime
        self.context = context
        self.logger = logger
        self.publish = publish
        self.resolve = resolve
        let count = runtime.endpoints.count
        machine = UpstreamHealthMachine(
            endpoints: count, policy: HealthPolicy(runtime.configuration), at: context.loop.now, using: &context.random)
        checks = Array(repeating: nil, count: count)
        saidUnreachable = Array(repeating: false, count: count)
        timers = (0..<count).map { EndpointTimer(endpoint: $0, driver: self) }
        for endpoint in 0..<count { arm(endpoint) }
    }

    /// Ends: no check and no timer is left.
    func end() {
        for timer in timers { context.loop.cancel(timer.armed) }
        for check in checks { check?.cancel() }
        timers = []
        checks = Array(repeating: nil, count: checks.count)
    }

    // MARK: - Inputs

    /// A loop told what happened to a session.
    func reported(_ report: EndpointReport, endpoint: Int) {
        machine.reported(report, endpoint: endpoint, at: context.loop.now, using: &context.random)
        settle(endpoint)
    }

    /// An operator wants an endpoint empty.
    func drainRequested(_ endpoint: Int) {
        machine.drainRequested(endpoint: endpoint)
        settle(endpoint)
    }

    /// An operator wants it back.
    func undrainRequested(_ endpoint: Int) {
        machine.undrainRequested(endpoint: endpoint)
        settle(endpoint)
    }

    private func timerFired(_ endpoint: Int) {
        let action = machine.timerFired(endpoint: endpoint, at: context.loop.now)
        settle(endpoint)
        perform(action, endpoint)
    }

    /// - Parameter result: nil if the check could not be made for want of something of our own.
    private func checkFinished(_ endpoint: Int, number: UInt64, _ result: CheckResult?) {
        checks[endpoint] = nil
        guard let result else {
            machine.checkAbandoned(endpoint: endpoint, number: number, at: context.loop.now)
            return settle(endpoint)
        }
        checkCounts[result, default: 0] += 1
        machine.checkFinished(endpoint: endpoint, number: number, result, at: context.loop.now, using: &context.random)
        settle(endpoint)
        logReachability(endpoint)
        if !result.isReachable { resolve(runtime.endpoints[endpoint]) }
    }

    // MARK: - Actions

    private func perform(_ action: EndpointHealthMachine.Action, _ endpoint: Int) {
        switch action {
        case .none:
            break
        case .check(let number):
            let check = HealthCheck(of: runtime.endpoints[endpoint], in: runtime, context: context) { [weak self] result in
                self?.checkFinished(endpoint, number: number, result)
            }
            checks[endpoint] = check
            check.begin()
        }
    }

    /// After each input: tells what has changed, and waits for what comes next.
    private func settle(_ endpoint: Int) {
        while let change = machine.nextChange() {
            log(change)
            switch change {
            case .endpoint(let endpoint, _, let status): publish(endpoint, status)
            case .panicBegan, .panicEnded: break
            }
        }
        arm(endpoint)
    }

    private func arm(_ endpoint: Int) {
        let (timer, deadline) = (timers[endpoint], machine.endpoints[endpoint].deadline)
        if timer.armed != .none {
            guard deadline < timer.deadline else { return }
            context.loop.cancel(timer.armed)
            timer.armed = .none
        }
        guard deadline < .never else { return }
        timer.armed = context.loop.arm(at: deadline, handler: timer)
        timer.deadline = deadline
    }

    // MARK: - What operators see

    /// Each endpoint's health, by its index.
    func snapshot() -> [EndpointHealthSnapshot] {
        zip(runtime.endpoints, machine.endpoints).map { endpoint, health in
            EndpointHealthSnapshot(
                address: endpoint.address.text, status: health.status, isDraining: health.isDraining, lastCheck: health.lastCheck,
                failures: health.failures, ejections: health.ejections, reconnects: health.reconnects)
        }
    }
}
