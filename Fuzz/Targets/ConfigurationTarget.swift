import RoadsteadConfig

/// Whatever a file says, it becomes a configuration or errors that have a place and words.
enum ConfigurationTarget {
    static func run(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        let loaded = Configuration.load(text: text, name: "f.yaml", environment: ["NAME": "value"], certificateProblem: { _, _ in nil })
        switch loaded {
        case .success: break
        case .failure(let failure):
            precondition(!failure.errors.isEmpty)
            for error in failure.errors { precondition(error.line >= 1 && error.column >= 1 && !error.message.isEmpty) }
        }
    }
}
