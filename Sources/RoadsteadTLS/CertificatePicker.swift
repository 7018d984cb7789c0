/// Finds the certificates that answer to the server name a client asks for.
final class CertificatePicker {
    private let names: ServerNames<Int>
    private let contexts: [LibraryContext]

    /// The names' numbers are places in `contexts`.
    init(names: ServerNames<Int>, contexts: [LibraryContext]) {
        self.names = names
        self.contexts = contexts
    }

    /// The context for a name; nil means the default.
    func context(for serverName: String) -> LibraryContext? {
        names.answers(to: serverName).first.map { contexts[$0] }
    }
}
