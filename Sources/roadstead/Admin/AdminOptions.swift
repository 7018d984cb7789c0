import ArgumentParser

/// Where the gateway is that a command asks.
struct AdminOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The gateway's admin listener: http://host:port or unix:/path.", valueName: "url"))
    var admin = "http://127.0.0.1:9090"

    @Option(help: ArgumentHelp("The file with the admin API's token.", valueName: "file"), completion: .file())
    var tokenFile: String?

    /// A client for the gateway that was named.
    func client() throws(CommandError) -> AdminClient {
        switch AdminAddress.parse(admin) {
        case .failure(let fault): throw .url(admin, reason: fault.explanation)
        case .success(let address): return AdminClient(address: address, token: try token())
        }
    }

    /// One word, without the line break that editors put behind it.
    private func token() throws(CommandError) -> String? {
        guard let tokenFile else { return nil }
        guard let bytes = TextFile.read(tokenFile) else {
            throw .file(path: tokenFile, reason: "cannot be read; check the path and its mode")
        }
        let token = bytes.prefix { (0x21...0x7E).contains($0) }
        guard !token.isEmpty, bytes[token.endIndex...].allSatisfy({ $0 == 0x0A || $0 == 0x0D }) else {
            throw .file(path: tokenFile, reason: "it must hold the token, one word, and nothing else")
        }
        return String(decoding: token, as: UTF8.self)
    }
}
