import Foundation
import RoadsteadLoop
import RoadsteadTLS
import RoadsteadWire

/// A backend behind the gateway. A test accepts its connections one by one and plays each by hand; or they are served on threads.
// SAFETY: see the first line inside.
final class TestBackend: @unchecked Sendable {
    // everything is immutable; the listening descriptor may be used from any thread.
    private let listener: Int32
    private let tls: TLSContext?
    let port: UInt16

    /// Listens on a free port of 127.0.0.1.
    init(tls: TLSContext? = nil) throws {
        listener = try Socket.listen(on: SocketAddress(ipv4: 0x7F00_0001, port: 0), backlog: 1024, sharesPort: false)
        port = try Socket.localAddress(listener).port
        self.tls = tls
    }

    deinit { Socket.close(listener) }

    var url: String { "\(tls == nil ? "ws" : "wss")://127.0.0.1:\(port)" }

    /// Waits for a connection. Nothing was read from it.
    func acceptConnection() throws -> BackendConnection {
        let deadline = ContinuousClock.now + Patience.limit
        while ContinuousClock.now < deadline {
            if case .accepted(let descriptor, _) = Socket.accept(listener) { return BackendConnection(descriptor: descriptor) }
            _ = Descriptor.wait(listener, reading: true, writing: false, for: ContinuousClock.now.duration(to: deadline))
        }
        throw TestFailure("nobody connected to the backend within \(Patience.limit)")
    }

    /// Waits for a connection and answers its upgrade.
    func accept(subprotocol: String? = nil) throws -> BackendConnection {
        let connection = try acceptConnection()
        try secure(connection)
        try connection.readRequest()
        try connection.answer(subprotocol: subprotocol)
        return connection
    }

    /// Makes TLS, if this backend has TLS.
    func secure(_ connection: BackendConnection) throws {
        if let tls { try connection.stream.secure(tls, serverName: nil) }
    }

    /// Serves `count` connections, each on a thread of its own, until its stream is over.
    func serve(_ count: Int, _ body: @escaping @Sendable (BackendConnection) throws -> Void) {
        Thread { [self] in
            for _ in 0..<count {
                guard let connection = try? acceptConnection() else { return }
                let carried = Handover(connection)
                Thread { [self] in
                    let connection = carried.value
                    do {
                        try secure(connection)
                        try connection.readRequest()
                        try connection.answer()
                        try body(connection)
                    } catch {
                        // The client's side of the test sees that nothing comes any more.
                        connection.stream.close()
                    }
                }.start()
            }
        }.start()
    }

    /// Serves so many connections by sending back what comes.
    func serveEcho(_ count: Int) {
        serve(count) { try $0.echo() }
    }
}

/// Carries a value that is used by one thread at a time into another one.
// SAFETY: see the first line inside.
struct Handover<Value>: @unchecked Sendable {
    // whoever makes one lets go of the value.
    let value: Value

    init(_ value: Value) { self.value = value }
}
