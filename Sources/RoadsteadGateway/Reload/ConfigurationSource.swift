import RoadsteadConfig

/// Where a gateway reads its configuration again, and who else wants to know of a new one.
public struct ConfigurationSource: Sendable {
    /// Reads the configuration as it was read at the start. May block on files; called for one reload at a time.
    public let read: @Sendable () -> Result<LoadedConfiguration, ReloadRefusal>
    /// Hears of each configuration that was taken: for what lies outside the gateway, such as the log's level.
    public let taken: @Sendable (Configuration) -> Void

    /// A source made of these functions.
    public init(
        read: @escaping @Sendable () -> Result<LoadedConfiguration, ReloadRefusal>,
        taken: @escaping @Sendable (Configuration) -> Void = { _ in }
    ) {
        self.read = read
        self.taken = taken
    }
}
