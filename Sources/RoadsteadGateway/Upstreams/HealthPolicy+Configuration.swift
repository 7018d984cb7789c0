import RoadsteadConfig
import RoadsteadMachines

extension HealthPolicy {
    /// What the configuration says about one upstream.
    init(_ configuration: UpstreamConfiguration) {
        let (health, outlier, reconnect) = (configuration.health, configuration.outlier, configuration.reconnect)
        self.init(
            isPassive: health.kind == .none, asksForAnswer: health.kind == .http || health.kind == .websocket, interval: health.interval,
            timeout: health.timeout, rise: health.rise, fall: health.fall,
            failures: outlier.failures, eject: outlier.eject, maximumEjected: outlier.maximumEjected, backoffInitial: reconnect.initial,
            backoffMaximum: reconnect.maximum)
    }
}
