/// Why something asked of the system or of a loop was not done.
public enum LoopError: Error, Equatable {
    /// A system call on `subject` (an address, a descriptor, a loop) failed with this `errno`.
    case system(operation: String, subject: String, code: Int32)
    /// A host name has no address; the resolver's words.
    case unresolvable(host: String, reason: String)
    /// The loop has been stopped and takes no more descriptors.
    case loopEnded(name: String)
}

extension LoopError: CustomStringConvertible {
    /// What failed, where, and what to do about it where that is known.
    public var description: String {
        switch self {
        case .system(let operation, let subject, let code):
            let advice = ErrorNumber.advice(for: code).map { " (\($0))" } ?? ""
            return "cannot \(operation) \(subject): \(ErrorNumber.words(for: code))\(advice)"
        case .unresolvable(let host, let reason):
            return "cannot resolve \(host): \(reason) (check the name and the machine's resolver)"
        case .loopEnded(let name):
            return "event loop \(name) has been stopped (no descriptor can be registered with it)"
        }
    }
}
