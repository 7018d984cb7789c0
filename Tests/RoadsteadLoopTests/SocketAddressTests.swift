import RoadsteadLoop
import Testing

/// Addresses and their text.
struct SocketAddressTests {
    @Test(arguments: [
        ("127.0.0.1:80", "127.0.0.1", 80, "127.0.0.1:80"),
        ("0.0.0.0:0", "0.0.0.0", 0, "0.0.0.0:0"),
        ("255.255.255.255:65535", "255.255.255.255", 65535, "255.255.255.255:65535"),
        ("1.2.3.4:0080", "1.2.3.4", 80, "1.2.3.4:80"),
        ("[::]:8443", "::", 8443, "[::]:8443"),
        ("[::1]:80", "::1", 80, "[::1]:80"),
        ("[2001:DB8:0:0:1:0:0:1]:443", "2001:db8::1:0:0:1", 443, "[2001:db8::1:0:0:1]:443"),
        ("[2001:db8:0:1:1:1:1:1]:1", "2001:db8:0:1:1:1:1:1", 1, "[2001:db8:0:1:1:1:1:1]:1"),
        ("[1:2:3:4:5:6:7:0]:1", "1:2:3:4:5:6:7:0", 1, "[1:2:3:4:5:6:7:0]:1"),
        ("[1:0:0:4:0:0:0:8]:1", "1:0:0:4::8", 1, "[1:0:0:4::8]:1"),
        ("[fe80::1%7]:80", "fe80::1%7", 80, "[fe80::1%7]:80"),
        ("[fe80::1%lo]:80", "fe80::1%1", 80, "[fe80::1%1]:80"),
        ("[::ffff:10.1.2.3]:80", "10.1.2.3", 80, "10.1.2.3:80"),
        ("[::10.1.2.3]:80", "::a01:203", 80, "[::a01:203]:80"),
        ("unix:/run/a.sock", "/run/a.sock", 0, "unix:/run/a.sock"),
        ("unix:a:b", "a:b", 0, "unix:a:b"),
    ])
    func `Text is read, and shown in its shortest form`(text: String, host: String, port: UInt16, shown: String) throws {
        let address = try #require(SocketAddress(parsing: text))
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.description == shown)
        #expect(SocketAddress(parsing: address.description) == address)
        #expect(address.isUnix == text.hasPrefix("unix:"))
        #expect(address.unixPath == (address.isUnix ? host : nil))
    }

    @Test(arguments: [
        "", ":", ":80", "80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1", "127.0.0.1: 80", "127.0.0.1:8o",
        "127.0.0.1:99999999999999999999", "127.0.0:80", "127.0.0.256:80", "127.0.0.01:80", "127.0.0.1.1:80", " 127.0.0.1:80",
        "127.0.0.1 :80",
        "127.0.0.1\0:80", "localhost:80", "::1:80", "[::1]", "[::1]:", "[::1:80", "::1]:80", "[]:80", "[::1]80", "[::1]x:80", "[:::1]:80",
        "[::1::2]:80", "[1:2:3:4:5:6:7:8:9]:80", "[12345::]:80", "[g::]:80", "[127.0.0.1]:80", "[fe80::1%]:80", "[fe80::1%0]:80",
        "[fe80::1%no-such-interface]:80", "[::1\0]:80", "unix:", "unix:/a\0b", "unix:/" + String(repeating: "a", count: 107), "UNIX:/a",
        "127.0.0.1:٣",
    ])
    func `Text that is not exactly an address is refused`(text: String) {
        #expect(SocketAddress(parsing: text) == nil)
    }

    @Test func `A path may have 107 bytes and no more`() {
        let longest = "/" + String(repeating: "a", count: 106)
        #expect(SocketAddress(unixPath: longest)?.unixPath == longest)
        #expect(SocketAddress(unixPath: longest + "a") == nil)
        #expect(SocketAddress(unixPath: "") == nil)
    }

    @Test func `Addresses are compact, and without their port a key for limits`() throws {
        #expect(MemoryLayout<SocketAddress>.stride <= 32)
        let first = try #require(SocketAddress(parsing: "10.0.0.1:1000"))
        let second = try #require(SocketAddress(parsing: "10.0.0.1:2000"))
        #expect(first != second)
        #expect(first.withPort(0) == second.withPort(0))
        #expect(first.ipBytes == [10, 0, 0, 1])
        let v6 = try #require(SocketAddress(parsing: "[2001:db8::1]:5"))
        #expect(v6.ipBytes == [0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
        #expect(v6.withPort(6).description == "[2001:db8::1]:6")
        let unix = try #require(SocketAddress(unixPath: "/a"))
        #expect(unix.ipBytes.isEmpty)
        #expect(unix.withPort(9) == unix)
    }

    @Test func `The resolver gives addresses for names and numbers, with the port`() throws {
        #expect(try Resolver.resolve(host: "127.0.0.1", port: 5).get() == [SocketAddress(ipv4: 0x7F00_0001, port: 5)])
        #expect(try Resolver.resolve(host: "::1", port: 6).get() == [SocketAddress(ipv6High: 0, low: 1, port: 6)])
        let localhost = try Resolver.resolve(host: "localhost", port: 7).get()
        #expect(!localhost.isEmpty)
        #expect(Set(localhost).count == localhost.count)
        #expect(localhost.allSatisfy { ["127.0.0.1", "::1"].contains($0.host) && $0.port == 7 })
    }

    @Test(arguments: ["", "a\0b", String(repeating: "a", count: 300)])
    func `A name that cannot exist is an error that says so`(name: String) throws {
        guard case .failure(let error) = Resolver.resolve(host: name, port: 1) else { throw Unexpected("resolved") }
        #expect(error.description.hasPrefix("cannot resolve \(name): "))
    }
}
