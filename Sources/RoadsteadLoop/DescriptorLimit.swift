import CLinux

/// How many descriptors the process may have open.
public enum DescriptorLimit {
    /// The soft limit that is in force.
    public static var current: Int { Int(clamping: clinux_descriptor_limit()) }

    /// Raises the soft limit to the hard one (`RLIMIT_NOFILE`) and returns what is then in force.
    @discardableResult
    public static func raise() -> Int {
        Int(clamping: clinux_raise_descriptor_limit())
    }
}
