import Glibc
import RoadsteadLoop
import Testing

/// Sockets of the kernel: what calls make of what they meet.
struct SocketTests {
    private let loopback = SocketAddress(ipv4: 0x7F00_0001, port: 0)

    @Test func `An accepted connection is non-blocking, sends at once, and tells the peer's address`() throws {
        let listener = try Socket.listen(on: loopback, backlog: 8, sharesPort: false)
        #expect(Socket.accept(listener) == .wouldBlock)
        let (accepted, connected, peer) = try TestSockets.connection(through: listener)
        #expect(try Socket.localAddress(connected) == peer)
        #expect(peer.host == "127.0.0.1")
        #expect(peer.port != 0)
        for descriptor in [accepted, connected] {
            #expect(TestSockets.option(descriptor, level: Int32(IPPROTO_TCP), name: TCP_NODELAY) == 1)
            #expect(TestSockets.receive(from: descriptor).outcome == .wouldBlock)
            #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
        }
        for descriptor in [accepted, connected, listener] { Socket.close(descriptor) }
    }

    @Test func `Bytes go through until the kernel has no more room, and the end of the stream follows them`() throws {
        let (near, far) = TestSockets.pair()
        let chunk = [UInt8](repeating: 7, count: 65_536)
        var sent = 0
        sending: while true {
            switch TestSockets.send(chunk, to: near) {
            case .sent(let count): sent += count
            case .wouldBlock: break sending
            case .failed(let code): throw Unexpected("failed with \(code)")
            }
        }
        Socket.shutdownWriting(near)
        var received = 0
        receiving: while true {
            switch TestSockets.receive(from: far, limit: 10_000).outcome {
            case .bytes(let count): received += count
            case .endOfStream: break receiving
            case .wouldBlock, .failed: throw Unexpected("\(sent - received) bytes are missing")
            }
        }
        #expect(received == sent)
        #expect(sent > 0)
        for descriptor in [near, far] { Socket.close(descriptor) }
    }

    @Test func `Sending to a closed peer fails and does not end the process`() {
        let (near, far) = TestSockets.pair()
        Socket.close(far)
        #expect(TestSockets.send([1, 2, 3], to: near) == .failed(EPIPE))
        Socket.close(near)
    }

    @Test(.timeLimit(.minutes(1))) func `Two listeners share a port when both ask for it, and every connection is accepted by one`() throws
    {
        let first = try Socket.listen(on: loopback, backlog: 64, sharesPort: true)
        let address = try Socket.localAddress(first)
        let second = try Socket.listen(on: address, backlog: 64, sharesPort: true)
        #expect(throws: LoopError.system(operation: "listen on", subject: address.description, code: EADDRINUSE)) {
            try Socket.listen(on: address, backlog: 64, sharesPort: false)
        }
        var accepted: [Int32: Int] = [first: 0, second: 0]
        var clients: [Int32] = []
        for _ in 0..<40 {
            guard case .inProgress(let client) = Socket.connect(to: address) else { throw Unexpected("no connection") }
            clients.append(client)
        }
        while accepted.values.reduce(0, +) < 40 {
            TestSockets.awaitReadable(first, second)
            for listener in [first, second] {
                while case .accepted(let descriptor, _) = Socket.accept(listener) {
                    accepted[listener, default: 0] += 1
                    Socket.close(descriptor)
                }
            }
        }
        #expect(accepted.values.allSatisfy { $0 > 0 }, "the kernel spreads connections: \(accepted)")
        for descriptor in clients + [first, second] { Socket.close(descriptor) }
    }

    @Test func `A listener on all IPv6 addresses takes IPv4 connections and shows them as IPv4`() throws {
        let address = try #require(SocketAddress(parsing: "[::]:0"))
        let listener = try Socket.listen(on: address, backlog: 8, sharesPort: false)
        defer { Socket.close(listener) }
        let port = try Socket.localAddress(listener).port
        guard case .inProgress(let client) = Socket.connect(to: loopback.withPort(port)) else { throw Unexpected("no connection") }
        defer { Socket.close(client) }
        TestSockets.awaitReadable(listener)
        guard case .accepted(let accepted, let peer) = Socket.accept(listener) else { throw Unexpected("not accepted") }
        defer { Socket.close(accepted) }
        #expect(peer.host == "127.0.0.1")
        #expect(peer == (try Socket.localAddress(client)))
    }

    @Test func `An address that this machine does not have is refused in words`() {
        #expect(throws: LoopError.system(operation: "listen on", subject: "192.0.2.1:0", code: EADDRNOTAVAIL)) {
            try Socket.listen(on: SocketAddress(ipv4: 0xC000_0201, port: 0), backlog: 8, sharesPort: false)
        }
    }

    @Test func `User timeout is set in milliseconds, on TCP`() throws {
        let listener = try Socket.listen(on: loopback, backlog: 8, sharesPort: false)
        Socket.setUserTimeout(listener, .milliseconds(12_500))
        // 18 is TCP_USER_TIMEOUT, which Glibc's module does not have.
        #expect(TestSockets.option(listener, level: Int32(IPPROTO_TCP), name: 18) == 12_500)
        Socket.close(listener)
    }

    @Test func `Out of descriptors is an outcome of accept, and accepting goes on when one is free`() async {
        await #expect(processExitsWith: .success) {
            let listener = try Socket.listen(on: SocketAddress(ipv4: 0x7F00_0001, port: 0), backlog: 8, sharesPort: false)
            let address = try Socket.localAddress(listener)
            guard case .inProgress(let client) = Socket.connect(to: address) else { fatalError("no connection") }
            TestSockets.awaitReadable(listener)
            var filler: [Int32] = []
            while true {
                let descriptor = dup(listener)
                guard descriptor >= 0 else { break }
                filler.append(descriptor)
            }
            precondition(Socket.accept(listener) == .outOfDescriptors, "accept without descriptors")
            precondition(Socket.connect(to: address) == .failed(EMFILE), "connect without descriptors")
            do {
                _ = try EventLoop(name: "none")
                fatalError("a loop without descriptors")
            } catch {
                precondition("\(error)".contains("ulimit"), "\(error)")
            }
            guard let last = filler.popLast() else { fatalError("nothing was duplicated") }
            Socket.close(last)
            guard case .accepted = Socket.accept(listener) else { fatalError("accept with a descriptor") }
            Socket.close(client)
        }
    }

    @Test func `A loop that has ended and been dropped leaves no descriptor open`() async {
        await #expect(processExitsWith: .success) {
            // The first run pays for what the process opens once.
            for round in 0..<2 {
                let before = TestSockets.openDescriptors()
                do {
                    let loop = try EventLoop(name: "round \(round)")
                    loop.start()
                    try await loop.run {
                        for _ in 0..<20 {
                            let (near, far) = TestSockets.pair()
                            try ClosureHandler.register(near, on: loop) { _, _, _ in }
                            try ClosureHandler.register(far, on: loop) { _, _, _ in }
                        }
                        precondition(loop.statistics.registrations == 40)
                    }
                    loop.stop()
                    loop.join()
                }
                let after = TestSockets.openDescriptors()
                precondition(round == 0 || before == after, "left open: \(Set(after).subtracting(before))")
            }
        }
    }
}
