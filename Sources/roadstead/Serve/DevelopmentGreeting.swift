import RoadsteadGateway

/// What a development gateway says when it is ready: where it is, and one line to try.
struct DevelopmentGreeting: Equatable {
    /// Where the development gateway has its certificates.
    static let certificates = "certs"

    /// What this program was called as, so that the line to try works when it is copied.
    var program: String

    /// The words, for standard output.
    func text(address: String, adminAddress: String) -> String {
        let port = address.split(separator: ":").last ?? "8443"
        let url = "wss://localhost:\(port)/echo"
        let operators = adminAddress.hasPrefix("unix:") ? adminAddress : "http://\(adminAddress)"
        let name = program.contains("/") ? program : "roadstead"
        return """

            Roadstead \(Version.release), development gateway
              clients    \(url)
              operators  \(operators)

            Try it from another terminal, type a line, and see it come back:
              \(name) connect \(url) --ca \(Self.certificates)/ca.pem


            """
    }
}
