/// Where in a configuration a value stands: `routes[0].limits.message`.
struct ConfigurationPath: Sendable, Hashable {
    /// One step from a value to one inside it.
    enum Step: Sendable, Hashable {
        /// Into a section, by key.
        case key(String)
        /// Into a list, by position from 0.
        case position(Int)
    }

    /// The steps from the root.
    let steps: [Step]

    /// The configuration itself.
    static let root = ConfigurationPath(steps: [])

    /// The value under `key` of the section at this path.
    func appending(_ key: String) -> ConfigurationPath { ConfigurationPath(steps: steps + [.key(key)]) }

    /// The value at `position` of the list at this path.
    func appending(_ position: Int) -> ConfigurationPath { ConfigurationPath(steps: steps + [.position(position)]) }

    /// What this value stands in; nil for the root.
    var parent: ConfigurationPath? { steps.isEmpty ? nil : ConfigurationPath(steps: Array(steps.dropLast())) }

    /// `routes[0].limits.message`, for messages.
    var text: String { rendered { "[\($0)]" } }

    /// `routes[].limits.message`: the same for every entry of a list.
    var pattern: String { rendered { _ in "[]" } }

    private func rendered(_ position: (Int) -> String) -> String {
        steps.reduce(into: "") { text, step in
            switch step {
            case .key(let key): text += text.isEmpty ? key : ".\(key)"
            case .position(let index): text += position(index)
            }
        }
    }
}
