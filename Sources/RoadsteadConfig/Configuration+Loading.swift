extension Configuration {
    /// Reads and checks a configuration file.
    ///
    /// - Parameters:
    ///   - path: the file; relative paths in it are relative to the working directory.
    ///   - environment: fills `${NAME}`, and its `ROADSTEAD_...` variables go over the file.
    ///   - overrides: values of flags, by key as `log.level`; they go over the environment.
    ///   - certificateProblem: says in words why a certificate and a private key (paths) cannot be used together; nil when they can.
    ///   - tlsProblem: says in words why another value of a TLS section cannot be used; nil when it can.
    /// - Returns: the configuration, or everything that is wrong with it, in the order of the file.
    public static func load(
        path: String, environment: [String: String], overrides: [String: String] = [:],
        certificateProblem: (_ certificate: String, _ key: String) -> String?,
        tlsProblem: @escaping (TLSValue) -> String? = { _ in nil }
    ) -> Result<LoadedConfiguration, ConfigurationErrors> {
        let text: String
        switch FileContents.read(path) {
        case .success(let bytes):
            guard let decoded = String(validating: bytes, as: UTF8.self) else {
                return .failure(.unreadable(path, "the file is not UTF-8; save it as UTF-8"))
            }
            text = decoded
        case .failure(let fault):
            return .failure(.unreadable(path, "the file \(fault.explanation); give the path of a configuration file"))
        }
        return load(
            text: text, name: path, environment: environment, overrides: overrides, certificateProblem: certificateProblem,
            tlsProblem: tlsProblem)
    }

    /// Reads and checks the text of a configuration file; `name` stands for the file in messages. See `load(path:…)`.
    public static func load(
        text: String, name: String, environment: [String: String], overrides: [String: String] = [:],
        certificateProblem: (_ certificate: String, _ key: String) -> String?,
        tlsProblem: @escaping (TLSValue) -> String? = { _ in nil }
    ) -> Result<LoadedConfiguration, ConfigurationErrors> {
        withoutActuallyEscaping(certificateProblem) { certificateProblem in
            var reading = Reading(file: name, environment: environment, certificateProblem: certificateProblem, tlsProblem: tlsProblem)
            var root = YAMLSource.read(text, reading: &reading)
            root = Overlay.applyEnvironment(to: root, reading: &reading)
            root = Overlay.apply(overrides, to: root, reading: &reading)
            let configuration = Configuration.read(root, at: .root, reading: &reading)
            configuration.checkAll(at: .root, reading: &reading)
            if let failure = reading.failure { return .failure(failure) }
            var warnings = Warnings()
            configuration.addWarnings(at: .root, reading: reading, to: &warnings)
            return .success(LoadedConfiguration(configuration: configuration, warnings: warnings.sentences(file: name)))
        }
    }
}

extension ConfigurationErrors {
    /// The file itself could not be used.
    fileprivate static func unreadable(_ path: String, _ message: String) -> ConfigurationErrors {
        ConfigurationErrors(errors: [ConfigurationError(file: path, line: 1, column: 1, message: message)])
    }
}
