import FoundationEssentials
import Testing

@testable import RoadsteadConfig

/// Loads the text as the file `r.yaml`; certificates always fit.
func load(
    _ text: String, environment: [String: String] = [:], overrides: [String: String] = [:]
) -> Result<LoadedConfiguration, ConfigurationErrors> {
    Configuration.load(
        text: text, name: "r.yaml", environment: environment, overrides: overrides, certificateProblem: { _, _ in nil })
}

/// The configuration that the text says; the errors are thrown.
func loaded(
    _ text: String, environment: [String: String] = [:], overrides: [String: String] = [:]
) throws -> LoadedConfiguration {
    try load(text, environment: environment, overrides: overrides).get()
}

/// What is wrong with the text, a line each; empty when nothing is.
func problems(
    _ text: String, environment: [String: String] = [:], overrides: [String: String] = [:]
) -> [String] {
    switch load(text, environment: environment, overrides: overrides) {
    case .success: []
    case .failure(let failure): failure.errors.map(\.description)
    }
}

/// A directory of one test, removed at its end.
struct TemporaryDirectory: ~Copyable {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "roadstead-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    /// Writes a file, and returns its path.
    func write(_ text: String, to name: String) throws -> String {
        let file = "\(path)/\(name)"
        try Data(text.utf8).write(to: URL(filePath: file))
        return file
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}

/// The top of the package.
let packageDirectory = String(#filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/"))
