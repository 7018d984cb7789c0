import Foundation
import RoadsteadTLS

/// A certificate for localhost, made once a process, which vouches for itself.
enum TestCertificates {
    static let certificate = directory + "/server.pem"
    static let key = directory + "/server.key"

    private static let directory: String = {
        let directory = NSTemporaryDirectory() + "roadstead-gateway-tests-\(getpid())"
        let openssl = Process()
        openssl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        openssl.arguments = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", directory + "/server.key", "-out",
            directory + "/server.pem",
        ]
        openssl.standardError = FileHandle.nullDevice
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            try openssl.run()
        } catch {
            preconditionFailure("The openssl command is needed to make certificates: \(error)")
        }
        openssl.waitUntilExit()
        precondition(openssl.terminationStatus == 0, "openssl made a certificate")
        return directory
    }()

    /// A client that trusts it.
    static func client() throws -> TLSContext { try .client(TLSClientOptions(authority: certificate)) }

    /// A server that has it.
    static func server() throws -> TLSContext {
        try .server(TLSServerOptions(certificates: [CertificateFiles(certificate: certificate, key: key)]))
    }
}
