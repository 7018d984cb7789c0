import Logging
import RoadsteadMachines

/// One line for each change that an operator would act on; a single lost connection is none.
extension UpstreamHealthDriver {
    func log(_ change: UpstreamHealthMachine.Change) {
        switch change {
        case .endpoint(let endpoint, let before, let after):
            if before.state != after.state { logState(endpoint, from: before.state, to: after.state) }
            switch (before.admission, after.admission) {
            case (.open, .closed), (.trial, .closed): logger.debug("sessions wait for a probe", metadata: metadata(endpoint))
            case (.closed, .open), (.closed, .trial): logger.debug("sessions may try the endpoint", metadata: metadata(endpoint))
            case (.open, .open), (.open, .trial), (.trial, .open), (.trial, .trial), (.closed, .closed): break
            }
        case .panicBegan:
            logger.error("every endpoint is out; trying the least bad", metadata: ["upstream": "\(runtime.configuration.name)"])
        case .panicEnded:
            logger.notice("an endpoint is up again", metadata: ["upstream": "\(runtime.configuration.name)"])
        }
    }

    private func logState(_ endpoint: Int, from before: EndpointState, to after: EndpointState) {
        let level: Logger.Level =
            switch after {
            case .up, .draining: .notice
            case .down, .ejected: .warning
            }
        var metadata = metadata(endpoint)
        metadata["from"] = "\(before.rawValue)"
        metadata["to"] = "\(after.rawValue)"
        logger.log(level: level, "endpoint state changed", metadata: metadata)
    }

    /// A check ended: says once that it found no connection, unless the state says so already, and once that it did again.
    func logReachability(_ endpoint: Int) {
        let status = machine.endpoints[endpoint].status
        switch status.admission {
        case .closed:
            guard status.state != .down, !saidUnreachable[endpoint] else { return }
            saidUnreachable[endpoint] = true
            logger.warning("endpoint unreachable; probing", metadata: metadata(endpoint))
        case .open, .trial:
            guard saidUnreachable[endpoint] else { return }
            saidUnreachable[endpoint] = false
            logger.notice("endpoint reachable again", metadata: metadata(endpoint))
        }
    }

    private func metadata(_ endpoint: Int) -> Logger.Metadata {
        [
            "upstream": "\(runtime.configuration.name)", "endpoint": "\(runtime.endpoints[endpoint].address.text)",
            "last_check": "\(machine.endpoints[endpoint].lastCheck?.rawValue ?? "none")",
        ]
    }
}
