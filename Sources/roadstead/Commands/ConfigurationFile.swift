import RoadsteadConfig
import RoadsteadTLS

/// Reads configurations as every command does: with the process's environment, and with certificates looked at.
enum ConfigurationFile {
    /// Reads a file; `overrides` are the values of flags by key, as `log.level`.
    static func load(_ path: String, overrides: [String: String] = [:]) -> Result<LoadedConfiguration, ConfigurationErrors> {
        Configuration.load(
            path: path, environment: Environment.variables(), overrides: overrides,
            certificateProblem: CertificateCheck.problem(certificate:key:), tlsProblem: problem)
    }

    /// The configuration of the development gateway, whose certificates must be there.
    static func loadDevelopment(overrides: [String: String]) -> Result<LoadedConfiguration, ConfigurationErrors> {
        Configuration.load(
            text: Configuration.developmentText, name: "development", environment: Environment.variables(), overrides: overrides,
            certificateProblem: CertificateCheck.problem(certificate:key:), tlsProblem: problem)
    }

    private static func problem(_ value: TLSValue) -> String? {
        switch value {
        case .authority(let path): CertificateCheck.problem(authority: path)
        case .staple(let path, let certificate): CertificateCheck.problem(staple: path, certificate: certificate)
        case .ciphers(let list): CertificateCheck.problem(ciphers: list)
        }
    }
}
