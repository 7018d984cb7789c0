/// The oldest TLS version that a listener accepts.
public enum TLSMinimumVersion: String, Sendable, Equatable, CaseIterable {
    /// TLS 1.2 and 1.3.
    case v1_2 = "1.2"
    /// TLS 1.3 only.
    case v1_3 = "1.3"
}
