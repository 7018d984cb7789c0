import Foundation
import RoadsteadConfig
import RoadsteadLoop
import Synchronization
import Testing

@testable import RoadsteadGateway

extension IntegrationTests {
    /// Names that are looked up again and again, by a system that a test plays.
    @Suite struct NameResolverTests {
        /// The system's resolver: knows what it is told, and can be made to wait.
        private final class Names: Sendable {
            let answer = Mutex<Result<[SocketAddress], LoopError>>(.success([]))
            let lookups = Mutex(0)
            let gate = DispatchSemaphore(value: 0)
            let waits = Mutex(false)

            var lookup: NameResolver.Lookup {
                { [self] _, _ in
                    lookups.withLock { $0 += 1 }
                    if waits.withLock({ $0 }) { gate.wait() }
                    return answer.withLock { $0 }
                }
            }

            var count: Int { lookups.withLock { $0 } }

            func know(_ addresses: SocketAddress...) { answer.withLock { $0 = .success(addresses) } }
        }

        private static let first = SocketAddress(ipv4: 0x0A00_0001, port: 80)
        private static let second = SocketAddress(ipv4: 0x0A00_0002, port: 80)

        private func resolving(
            _ url: String = "ws://name.test:80", interval: Duration = .seconds(600),
            _ body: (NameResolver, EndpointRuntime, Names, LogBook) async throws -> Void
        ) async throws {
            let (names, log, upstream) = (Names(), LogBook(), try CheckStage.upstream(url, .tcp))
            let resolver = try NameResolver(upstreams: [upstream], logger: log.logger, interval: interval, lookup: names.lookup)
            resolver.start()
            defer { resolver.stop() }
            try await body(resolver, upstream.endpoints[0], names, log)
        }

        @Test func `a name that is asked for is looked up, and a change is said once`() async throws {
            try await resolving { resolver, endpoint, names, log in
                names.know(Self.first, Self.second)
                resolver.resolve(endpoint)
                let line = try log.wait(for: "endpoint's addresses changed")
                #expect(line.metadata == ["endpoint": "ws://name.test:80", "addresses": "10.0.0.1:80 10.0.0.2:80"])
                #expect(endpoint.addresses == [Self.first, Self.second])
                names.know(Self.second, Self.first)
                resolver.resolve(endpoint)
                // Another order is taken over, for it is the resolver's choice; but servers of names turn it all the time.
                try await Patience.until("the order is taken over") { endpoint.addresses == [Self.second, Self.first] }
                #expect(log.count(of: "endpoint's addresses changed") == 1)
            }
        }

        @Test func `a failed lookup keeps what was known`() async throws {
            try await resolving { resolver, endpoint, names, log in
                names.know(Self.first)
                resolver.resolve(endpoint)
                _ = try log.wait(for: "endpoint's addresses changed")
                for answer: Result<[SocketAddress], LoopError> in [.failure(.unresolvable(host: "name.test", reason: "x")), .success([])] {
                    names.answer.withLock { $0 = answer }
                    let count = names.count
                    resolver.resolve(endpoint)
                    try await Patience.until("it was looked up") { names.count > count }
                    #expect(endpoint.addresses == [Self.first])
                }
            }
        }

        @Test func `requests that come while one is under way become one`() async throws {
            try await resolving { resolver, endpoint, names, _ in
                names.waits.withLock { $0 = true }
                resolver.resolve(endpoint)
                try await Patience.until("a lookup is under way") { names.count == 1 }
                for _ in 0..<100 { resolver.resolve(endpoint) }
                names.waits.withLock { $0 = false }
                names.know(Self.first)
                names.gate.signal()
                try await Patience.until("the next lookup is done") { !endpoint.addresses.isEmpty && names.count == 2 }
                resolver.resolve(endpoint)
                try await Patience.until("a later request is another lookup") { names.count == 3 }
            }
        }

        @Test func `every name is looked up again after an interval`() async throws {
            try await resolving(interval: .milliseconds(10)) { _, _, names, _ in
                try await Patience.until("several rounds are done") { names.count >= 3 }
            }
        }

        @Test(arguments: ["ws://127.0.0.1:80", "ws://[::1]:80", "unix:/run/backend.sock"])
        func `an address is never looked up`(url: String) async throws {
            try await resolving(url, interval: .milliseconds(10)) { resolver, endpoint, names, _ in
                resolver.resolve(endpoint)
                #expect(endpoint.addresses.count == 1 && names.count == 0)
            }
        }

        @Test func `a stop does not wait for a lookup, and nothing is looked up after it`() async throws {
            try await resolving { resolver, endpoint, names, _ in
                names.waits.withLock { $0 = true }
                resolver.resolve(endpoint)
                try await Patience.until("a lookup is under way") { names.count == 1 }
                resolver.resolve(endpoint)
                resolver.stop()
                resolver.resolve(endpoint)
                names.know(Self.first)
                names.gate.signal()
                try await Patience.until("the lookup under way is done") { !endpoint.addresses.isEmpty }
                resolver.resolve(endpoint)
                #expect(names.count == 1)
            }
        }
    }
}
