/// Who ended a session.
public enum ClosedBy: String, Sendable, CaseIterable { case client, gateway, upstream, network }
