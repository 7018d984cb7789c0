import Logging
import RoadsteadMachines

extension SessionSnapshot {
    /// The metadata of the line that says a session closed.
    func logMetadata(lived: Duration) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "session": "\(id)", "remote": "\(remote)", "duration_seconds": "\(lived.rounded())",
            "received_messages": "\(received.messages)", "sent_messages": "\(sent.messages)",
        ]
        if let route { metadata["route"] = "\(route)" }
        if let endpoint { metadata["endpoint"] = "\(endpoint)" }
        guard let close else { return metadata }
        metadata["closed_by"] = "\(close.closedBy.rawValue)"
        metadata["cause"] = "\(close.cause.rawValue)"
        metadata["stage"] = "\(close.stage.rawValue)"
        metadata["reason"] = "\(close.reason)"
        if let code = close.code { metadata["code"] = "\(code)" }
        return metadata
    }
}

extension Duration {
    /// Seconds with milliseconds.
    fileprivate func rounded() -> Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds / 1_000_000_000_000_000) / 1000
    }
}
