import RoadsteadConfig
import RoadsteadTLS

/// Reads configurations as every command does: with the process's environment, and with certificates looked at.
enum ConfigurationFile {
    /// Reads a file; `overrides` are the values of flags by key, as `log.level`.
    static func load(_ path: String, overrides: [String: String] = [:]) -> Result<LoadedConfiguration, ConfigurationErrors> {
        Configuration.load(
            path: path, environment: Environment.variables(), overrides: overrides, certificateProblem: CertificateCheck.problem)
    }

    /// The configuration of the development gateway, whose certificates must be there.
    static func loadDevelopment(overrides: [String: String]) -> Result<LoadedConfiguration, ConfigurationErrors> {
        Configuration.load(
            text: Configuration.developmentText, name: "development", environment: Environment.variables(), overrides: overrides,
            certificateProblem: CertificateCheck.problem)
    }
}
