import RoadsteadLoop

/// An address on loopback that never answers: a listener whose queue is full, so that the kernel drops what asks for a connection.
final class BlackHole {
    private var descriptors: [Int32] = []
    let port: UInt16

    init() throws {
        let listener = try Socket.listen(on: SocketAddress(ipv4: 0x7F00_0001, port: 0), backlog: 0, sharesPort: false)
        descriptors = [listener]
        port = try Socket.localAddress(listener).port
        // A queue of 0 holds one; the others see to it that it is full by now.
        for _ in 0..<4 {
            switch Socket.connect(to: SocketAddress(ipv4: 0x7F00_0001, port: port)) {
            case .connected(let descriptor), .inProgress(let descriptor): descriptors.append(descriptor)
            case .failed(let error): throw TestFailure("cannot fill the queue of a listener: errno \(error)")
            }
        }
    }

    deinit {
        for descriptor in descriptors { Socket.close(descriptor) }
    }
}
