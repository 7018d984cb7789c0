import Glibc
import RoadsteadLoop
import Testing

/// Unix sockets and their files.
struct UnixSocketTests {
    @Test func `A unix socket connects and carries bytes`() throws {
        let path = TestSockets.temporaryPath()
        defer { TestSockets.remove(path) }
        let address = try #require(SocketAddress(unixPath: path))
        let listener = try Socket.listen(on: address, backlog: 8, sharesPort: false)
        #expect(try Socket.localAddress(listener) == address)
        guard case .connected(let client) = Socket.connect(to: address) else { throw Unexpected("no connection") }
        guard case .accepted(let accepted, let peer) = Socket.accept(listener) else { throw Unexpected("not accepted") }
        #expect(peer.unixPath == "")
        TestSockets.send("hello", to: client)
        #expect(TestSockets.receive(from: accepted).text == "hello")
        for descriptor in [listener, client, accepted] { Socket.close(descriptor) }
    }

    @Test func `The file that a dead listener left is replaced, a living one's is not`() throws {
        let path = TestSockets.temporaryPath()
        defer { TestSockets.remove(path) }
        let address = try #require(SocketAddress(unixPath: path))
        Socket.close(try Socket.listen(on: address, backlog: 8, sharesPort: false))
        #expect(TestSockets.exists(path))
        let listener = try Socket.listen(on: address, backlog: 8, sharesPort: false)
        #expect(throws: LoopError.system(operation: "listen on", subject: "unix:\(path)", code: EADDRINUSE)) {
            try Socket.listen(on: address, backlog: 8, sharesPort: false)
        }
        guard case .connected(let client) = Socket.connect(to: address) else { throw Unexpected("the living listener lost its file") }
        for descriptor in [listener, client] { Socket.close(descriptor) }
    }

    @Test func `The file of a later listener is told from an earlier one, though file systems use numbers again`() throws {
        let path = TestSockets.temporaryPath()
        defer { TestSockets.remove(path) }
        let address = try #require(SocketAddress(unixPath: path))
        for _ in 0..<20 {
            let old = try Socket.listen(on: address, backlog: 8, sharesPort: false)
            let file = try #require(SocketFile(of: address))
            Socket.close(old)
            let new = try Socket.listen(on: address, backlog: 8, sharesPort: false)
            file.remove()
            #expect(TestSockets.exists(path))
            SocketFile(of: address)?.remove()
            #expect(!TestSockets.exists(path))
            Socket.close(new)
        }
    }

    @Test func `A file that is no socket is never removed`() throws {
        let path = TestSockets.temporaryPath()
        TestSockets.makeFile(at: path)
        defer { TestSockets.remove(path) }
        let address = try #require(SocketAddress(unixPath: path))
        #expect(throws: LoopError.system(operation: "listen on", subject: "unix:\(path)", code: EADDRINUSE)) {
            try Socket.listen(on: address, backlog: 8, sharesPort: false)
        }
        #expect(TestSockets.exists(path))
    }

    @Test func `Connecting to a path without a listener fails at once`() throws {
        let address = try #require(SocketAddress(unixPath: TestSockets.temporaryPath()))
        #expect(Socket.connect(to: address) == .failed(ENOENT))
    }

    @Test func `A directory that does not exist is refused in words`() throws {
        let address = try #require(SocketAddress(parsing: "unix:/nonexistent-directory/a.sock"))
        let error = #expect(throws: LoopError.self) { try Socket.listen(on: address, backlog: 8, sharesPort: false) }
        #expect(
            error?.description
                == "cannot listen on unix:/nonexistent-directory/a.sock: No such file or directory (check that its directory exists)")
    }
}
