import Glibc
import RoadsteadLoop
import RoadsteadTLS

extension ClientConnection {
    /// Where a command connects to.
    enum Target: Equatable {
        /// A host name or an IP address without brackets.
        case internet(host: String, port: UInt16)
        /// The path of a unix socket.
        case unix(path: String)
    }

    /// Connects to the first of the target's addresses that answers, and makes the TLS handshake if there is a context.
    ///
    /// Names are resolved here, which may take as long as the system's resolver likes.
    static func open(_ target: Target, context: TLSContext?, by deadline: ContinuousClock.Instant) throws(CommandError) -> ClientConnection
    {
        let (addresses, name) = try resolve(target)
        var failure = CommandError.unreachable(address: name, reason: "it has no address")
        for address in addresses {
            let descriptor: Int32
            do throws(CommandError) {
                descriptor = try connect(to: address, by: deadline)
            } catch {
                failure = error
                continue
            }
            let connection: ClientConnection
            do throws(TLSError) {
                connection = try ClientConnection(descriptor: descriptor, remote: address, context: context, serverName: name)
            } catch {
                throw .certificates(error)
            }
            try connection.shakeHands(by: deadline)
            return connection
        }
        throw failure
    }

    private static func resolve(_ target: Target) throws(CommandError) -> (addresses: [SocketAddress], name: String) {
        switch target {
        case .unix(let path):
            guard let address = SocketAddress(unixPath: path) else {
                throw .unreachable(address: "unix:\(path)", reason: "a unix socket has a path of 1 to 107 bytes")
            }
            return ([address], "localhost")
        case .internet(let host, let port):
            switch Resolver.resolve(host: host, port: port) {
            case .success(let addresses): return (addresses, host)
            case .failure(.unresolvable(_, let reason)): throw .unreachable(address: host, reason: reason)
            case .failure(let error): throw .unreachable(address: host, reason: "\(error)")
            }
        }
    }

    private static func connect(to address: SocketAddress, by deadline: ContinuousClock.Instant) throws(CommandError) -> Int32 {
        switch Socket.connect(to: address) {
        case .connected(let descriptor): return descriptor
        case .failed(let code): throw .unreachable(address: address.description, reason: ErrorNumber.words(for: code))
        case .inProgress(let descriptor):
            let found = Poll.wait(for: [PollEntry(descriptor: descriptor, wantsWriting: true)], until: deadline)[0]
            let code = found.isWritable ? Socket.connectError(descriptor) : ETIMEDOUT
            guard code == 0 else {
                Socket.close(descriptor)
                throw .unreachable(address: address.description, reason: ErrorNumber.words(for: code))
            }
            return descriptor
        }
    }
}
