import Glibc
import RoadsteadConfig
import RoadsteadLoop

/// Binds a listener for every loop: a socket each (`SO_REUSEPORT`), or, for a unix socket, the same one for all.
struct ListeningSockets {
    /// One descriptor a loop for each address.
    private(set) var descriptors: [[Int32]] = []
    /// The address, with the port the kernel chose if it was asked to.
    private(set) var address = ""
    /// The file of a unix socket.
    private(set) var file: SocketFile?

    init(_ listener: ListenerConfiguration, loops: Int) throws(GatewayError) {
        for candidate in try Self.addresses(listener) {
            do throws(LoopError) {
                descriptors.append(try Self.bind(candidate, backlog: listener.backlog, loops: loops, shown: &address))
                file = SocketFile(of: candidate)
            } catch {
                close()
                throw .listen(name: listener.name, address: listener.address.text, reason: "\(error)")
            }
        }
    }

    private static func bind(_ wanted: SocketAddress, backlog: Int, loops: Int, shown: inout String) throws(LoopError) -> [Int32] {
        let isShared = loops > 1 && !wanted.isUnix
        // A port that is shared among our loops could also be shared with another process: the first socket, which is alone, finds out.
        if isShared, wanted.port != 0 { Socket.close(try Socket.listen(on: wanted, backlog: backlog, sharesPort: false)) }
        let first = try Socket.listen(on: wanted, backlog: backlog, sharesPort: isShared)
        var all = [first]
        let bound = try Socket.localAddress(first)
        if shown.isEmpty { shown = wanted.isUnix ? wanted.description : bound.description }
        for _ in 1..<max(1, loops) {
            all.append(wanted.isUnix ? fcntl(first, F_DUPFD_CLOEXEC, 0) : try Socket.listen(on: bound, backlog: backlog, sharesPort: true))
        }
        return all
    }

    /// Every address of the name: `localhost` is 127.0.0.1 and ::1 where there is one.
    private static func addresses(_ listener: ListenerConfiguration) throws(GatewayError) -> [SocketAddress] {
        if let literal = SocketAddress(parsing: listener.address.text) { return [literal] }
        guard case .internet(let host, let port) = listener.address.kind else { return [] }
        switch Resolver.resolve(host: host, port: port) {
        case .success(let found) where !found.isEmpty:
            return port == 0 ? [found[0]] : found
        case .success:
            throw .listen(name: listener.name, address: listener.address.text, reason: "\(host) has no address")
        case .failure(let error):
            throw .listen(name: listener.name, address: listener.address.text, reason: "\(error)")
        }
    }

    /// Gives them up.
    func close() {
        for descriptor in descriptors.joined() { Socket.close(descriptor) }
    }
}
