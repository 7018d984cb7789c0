extension Configuration {
    /// The configuration in full, every default included, as a file that reads back as the same; secrets show only the paths they came from.
    public func effectiveYAML() -> String {
        var printer = YAMLPrinter(isCommented: false)
        return printer.print(tree())
    }

    /// A file to begin with: every key at its default, with what it does and when to change it, and an entry in each list that needs one.
    public static func commentedDefaultYAML() -> String {
        let samples = ["authenticators": AuthenticatorConfiguration.sample.tree()]
        var printer = YAMLPrinter(isCommented: true, samples: samples)
        return header + "\n" + printer.print(sample.tree())
    }

    private static let header = """
        # The configuration of Roadstead: every key, at its default. Delete what you do not change.
        # Durations are 500ms, 20s, 5m, 1h; sizes 64KiB, 1MiB or bytes; ${NAME} takes an environment variable.

        """
}
