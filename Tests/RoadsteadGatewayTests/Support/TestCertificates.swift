import Foundation
import RoadsteadTLS

/// An authority and a certificate for localhost, made once a process.
enum TestCertificates {
    /// Who vouches for it.
    static let authority = directory + "/ca.pem"
    static let certificate = directory + "/server.pem"
    static let key = directory + "/server.key"

    private static let directory: String = {
        let directory = NSTemporaryDirectory() + "roadstead-gateway-tests-\(getpid())"
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            try DevelopmentCertificates.make(in: directory)
        } catch {
            preconditionFailure("The tests need certificates: \(error)")
        }
        atexit { try? FileManager.default.removeItem(atPath: TestCertificates.directory) }
        return directory
    }()

    /// A client that trusts it.
    static func client() throws -> TLSContext { try .client(TLSClientOptions(authority: authority)) }

    /// A server that has it.
    static func server() throws -> TLSContext {
        try .server(TLSServerOptions(certificates: [CertificateFiles(certificate: certificate, key: key)]))
    }
}
