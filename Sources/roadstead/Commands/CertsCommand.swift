import ArgumentParser
import RoadsteadTLS

/// `roadstead certs`.
struct CertsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certs", abstract: "Make a development CA, a server and a client certificate.",
        discussion: """
            ECDSA P-256. The server's certificate is for localhost, *.localhost, 127.0.0.1, ::1 and this machine's name. Files that are there \
            and still good are kept.
            """)

    @Option(help: ArgumentHelp("Where to put them.", valueName: "directory"), completion: .directory)
    var dir = "certs"

    @Flag(help: "Make all of them anew. Whoever trusted the old CA must then trust the new one.")
    var replace = false

    func run() throws {
        do throws(TLSError) {
            try DevelopmentCertificates.make(in: dir, replace: replace)
        } catch {
            throw CommandError.certificates(error)
        }
        StandardStream.output.write(
            """
            \(dir)/ca.pem      the authority, for clients to trust: roadstead connect URL --ca \(dir)/ca.pem
            \(dir)/server.pem  the server's certificate, with \(dir)/server.key
            \(dir)/client.pem  a client's certificate, with \(dir)/client.key

            """)
    }
}
