import RoadsteadConfig
import RoadsteadMachines
import RoadsteadMetrics
import RoadsteadWire
import TestSupport
import Testing

@testable import RoadsteadGateway

extension IntegrationTests {
    /// Losses with much under way: full buffers, slow sides, messages sent in part.
    @Suite struct ContinuityFlowTests {
        @Test func `a full buffer stops the client, which goes on when there is a backend`() async throws {
            let backend = try TestBackend()
            let limit = 64 * 1024
            let configuration = Configuration.relaying(to: backend) { $0.routes[1].continuity.buffer = limit }
            try await TestGateway.running(configuration) { gateway in
                let (client, first, id) = try gateway.openRelay(backend)
                first.stream.reset()
                try await gateway.detached(id)
                let second = try backend.acceptRequest()
                let flood = Flood(client.webSocket, messages: 20_000, size: 1024)
                flood.start()
                var most = 0
                try await Patience.until("the buffer is full") {
                    most = max(most, await gateway.metric(MetricCatalogue.queuedBytes))
                    return most > limit
                }
                for _ in 0..<100 { most = max(most, await gateway.metric(MetricCatalogue.queuedBytes)) }
                #expect(most <= limit + 4 * 64 * 1024, "\(most) bytes kept")
                #expect(await gateway.snapshot(id).map { $0.queuedBytes > limit && $0.state == .detached } == true)
                #expect(flood.sentMessages < 20_000)
                try second.answer()
                for number in 0..<20_000 { #expect(try second.receive() == .binary(Flood.message(number, size: 1024))) }
                try flood.finish()
                #expect(await gateway.metric(MetricCatalogue.queuedBytes) == 0)
            }
        }

        /// How much of a message the gateway has when it loses the backend that was reading none of it: all of it, or what back-pressure
        /// lets it have.
        @Test(arguments: [1 << 20, 32 << 20])
        func `a large message that was sent in part is sent again whole`(outbound: Int) async throws {
            let backend = try TestBackend()
            let configuration = Configuration.relaying(to: backend) {
                $0.routes[1].limits.message = 32 << 20
                $0.routes[1].limits.outbound = outbound
                $0.routes[1].continuity.buffer = 32 << 20
            }
            try await TestGateway.running(configuration) { gateway in
                let (client, first, id) = try gateway.openRelay(backend)
                Descriptor.shrinkReceiveBuffer(first.stream.descriptor)
                try client.send("before")
                #expect(try first.receive() == .text("before"))
                let flood = Flood(client.webSocket, messages: 2, size: 12 << 20)
                flood.start()
                try await Patience.until("the backend's socket is full") {
                    await gateway.metric(MetricCatalogue.queuedBytes) > 512 * 1024
                }
                // Some of it arrived.
                #expect(try first.stream.read().isEmpty == false)
                first.stream.reset()
                try await gateway.detached(id)
                let second = try backend.reattach(2)
                for number in 0..<2 { #expect(try second.receive() == .binary(Flood.message(number, size: 12 << 20))) }
                try flood.finish()
                try client.send("after")
                #expect(try second.receive() == .text("after"))
                #expect(await gateway.metric(MetricCatalogue.queuedBytes) == 0)
            }
        }

        @Test func `a message whose beginning is forgotten cannot be sent again, and closes the client`() async throws {
            let backend = try TestBackend()
            let configuration = Configuration.relaying(to: backend) {
                $0.routes[1].limits.message = 32 << 20
                $0.routes[1].continuity.buffer = 64 * 1024
                $0.routes[1].timeouts.close = .milliseconds(50)
            }
            try await TestGateway.running(configuration) { gateway in
                let (client, first, id) = try gateway.openRelay(backend)
                Descriptor.shrinkReceiveBuffer(first.stream.descriptor)
                let flood = Flood(client.webSocket, messages: 1, size: 20 << 20)
                flood.start()
                try await Patience.until("the backend's socket is full") {
                    await gateway.metric(MetricCatalogue.queuedBytes) > 512 * 1024
                }
                first.stream.reset()
                let record = try gateway.log.wait(for: "session closed") { _ in true }
                #expect(record.metadata["cause"] == "upstream_lost" && record.metadata["session"] == id.description)
                #expect(await gateway.holdings().leases == 0)
                client.stream.reset()
            }
        }

        @Test func `a slow client still gets all that the lost backend said, and then what the next one says`() async throws {
            let backend = try TestBackend()
            let configuration = Configuration.relaying(to: backend) { $0.routes[1].limits.outbound = 256 * 1024 }
            try await TestGateway.running(configuration) { gateway in
                let (client, first, id) = try gateway.openRelay(backend)
                Descriptor.shrinkReceiveBuffer(client.stream.descriptor)
                let flood = Flood(first.webSocket, messages: 600, size: 32 * 1024)
                flood.start()
                try await Patience.until("the client's queue is over its limit") {
                    await gateway.metric(MetricCatalogue.queuedBytes) > 256 * 1024
                }
                for number in 0..<300 { #expect(try client.receive() == .binary(Flood.message(number, size: 32 * 1024))) }
                try client.send("meanwhile")
                for number in 300..<600 { #expect(try client.receive() == .binary(Flood.message(number, size: 32 * 1024))) }
                try flood.finish()
                #expect(try first.receive() == .text("meanwhile"))
                first.stream.close()
                try await gateway.detached(id)
                try client.send("kept")
                let second = try backend.reattach(2)
                #expect(try second.receive() == .text("kept"))
                try second.send("and on")
                #expect(try client.receive() == .text("and on"))
            }
        }

        @Test func `a backend that is lost behind a slow client's backlog is heard to its end`() async throws {
            let backend = try TestBackend()
            let configuration = Configuration.relaying(to: backend) { $0.routes[1].limits.outbound = 64 * 1024 }
            try await TestGateway.running(configuration) { gateway in
                let (client, first, id) = try gateway.openRelay(backend)
                Descriptor.shrinkReceiveBuffer(client.stream.descriptor)
                // As much as stands between the two: then the backend is gone before the client has read any of it.
                var count = 0
                while await gateway.snapshot(id)?.queuedBytes ?? 0 <= 64 * 1024 {
                    for place in 0..<16 { try first.send(Flood.message(count + place, size: 4096)) }
                    count += 16
                }
                for place in 0..<16 { try first.send(Flood.message(count + place, size: 4096)) }
                count += 16
                first.stream.close()
                for number in 0..<count { #expect(try client.receive() == .binary(Flood.message(number, size: 4096))) }
                let second = try backend.reattach(2)
                try second.send("and on")
                #expect(try client.receive() == .text("and on"))
            }
        }

        /// The lost backend reads everything that ever left the gateway's socket: what it got and what the next ones get is the whole,
        /// without a gap and without a message twice.
        @Test(arguments: [false, true], [UInt64.random(in: 0...UInt64.max), 1])
        func `each message reaches one backend, once`(isSecure: Bool, seed: UInt64) async throws {
            var random = SeededGenerator(seed: seed)
            let sizes = (0..<800).map { _ in [8, 9, 200, 5000, 16_000, 70_000, 200_000].randomElement(using: &random) ?? 8 }
            let backend = try TestBackend(tls: isSecure ? TestCertificates.server() : nil)
            let configuration = Configuration.relaying(to: backend) {
                $0.routes[1].continuity.buffer = 1 << 20
                $0.routes[1].limits.outbound = 256 * 1024
            }
            try await TestGateway.running(configuration) { gateway in
                let (client, first, id) = try gateway.openRelay(backend)
                let flood = Flood(client.webSocket, sizes: sizes)
                flood.start()
                var upstream = first
                var next = 0
                for attach in 2...4 {
                    Descriptor.shrinkReceiveBuffer(upstream.stream.descriptor)
                    for _ in 0..<Int.random(in: 0...40, using: &random) {
                        #expect(try upstream.receive() == .binary(Flood.message(next, size: sizes[next])))
                        next += 1
                    }
                    try await Patience.until("the backend's socket is full") {
                        await gateway.metric(MetricCatalogue.queuedBytes) > 256 * 1024
                    }
                    // Our end is over; what is on its way here is still read.
                    upstream.stream.halfClose()
                    try await gateway.detached(id)
                    while case .binary(let bytes) = try upstream.receive() {
                        #expect(bytes == Flood.message(next, size: sizes[next]), "message \(next)")
                        next += 1
                    }
                    upstream = try backend.reattach(attach)
                }
                while next < sizes.count {
                    #expect(try upstream.receive() == .binary(Flood.message(next, size: sizes[next])), "message \(next)")
                    next += 1
                }
                try flood.finish()
                try client.send("the end")
                #expect(try upstream.receive() == .text("the end"))
                #expect(await gateway.metric(MetricCatalogue.queuedBytes) == 0)
            }
        }
    }
}
