/// The oldest TLS version that a listener accepts.
public enum TLSMinimumVersion: String, Sendable, Equatable, CaseIterable {
    // The underscore stands for the dot of the version's own name.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    /// TLS 1.2 and 1.3.
    case v1_2 = "1.2"
    // swift-format-ignore: AlwaysUseLowerCamelCase
    /// TLS 1.3 only.
    case v1_3 = "1.3"
}
