import Foundation
import RoadsteadLoop
import TestSupport

/// `openssl s_client`, for what our own TLS client cannot be told: an old version.
final class CommandClient {
    private let program: SpawnedProgram
    private let input = Pipe()
    private let output = Pipe()

    init(to address: SocketAddress, options: [String]) throws {
        program = try SpawnedProgram(
            ["openssl", "s_client", "-quiet", "-connect", "\(address)", "-servername", "localhost"] + options,
            input: input.fileHandleForReading.fileDescriptor, output: output.fileHandleForWriting.fileDescriptor)
        try input.fileHandleForReading.close()
        try output.fileHandleForWriting.close()
    }

    func write(_ bytes: [UInt8]) throws { try input.fileHandleForWriting.write(contentsOf: Data(bytes)) }

    /// What comes up to an empty line or to the end.
    func readHead() throws -> [UInt8] {
        var bytes: [UInt8] = []
        let end = Array("\r\n\r\n".utf8)
        while bytes.suffix(4) != end[...] {
            let descriptor = output.fileHandleForReading.fileDescriptor
            guard Descriptor.wait(descriptor, reading: true, writing: false, for: Patience.limit) else {
                throw TestFailure("openssl said nothing within \(Patience.limit)")
            }
            guard let byte = try output.fileHandleForReading.read(upToCount: 1)?.first else { return bytes }
            bytes.append(byte)
        }
        return bytes
    }

    func end() {
        // It does not heed SIGTERM while its connection is idle.
        kill(program.id, SIGKILL)
        program.wait()
    }
}
