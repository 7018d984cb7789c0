/// The rules for paths of unix sockets.
enum UnixPath {
    /// `sun_path` of unix(7) holds 108 bytes, the last of them NUL.
    static let maximumLength = 107

    /// Takes an absolute path that fits into a socket address, or says in words what is wrong with it.
    static func parse(_ text: some StringProtocol) -> Result<String, ValueFault> {
        guard text.hasPrefix("/"), text.count > 1 else {
            return .failure("a unix socket needs an absolute path, as in unix:/run/roadstead.sock")
        }
        guard text.utf8.count <= maximumLength else { return .failure("the path of a unix socket has at most \(maximumLength) bytes") }
        return .success(String(text))
    }
}
