import RoadsteadConfig
import RoadsteadLoop
import RoadsteadMachines
import RoadsteadMetrics
import Testing

@testable import RoadsteadGateway

extension IntegrationTests {
    /// The supervisor over real endpoints: what pools, logs and metrics get to know.
    @Suite struct UpstreamSupervisorTests {
        @Test func `an endpoint that is there is up, and pools learn that it has been`() async throws {
            let backend = try PathBackend()
            try backend.come()
            try await SupervisorStage.running([backend.url]) { stage in
                try await stage.untilChecked(.ok, atLeast: 3)
                #expect(stage.history() == [EndpointStatus(hasBeenUp: true)])
                let snapshot = try #require(await stage.supervisor.snapshot().first?.first)
                #expect(snapshot.address == backend.url && snapshot.lastCheck == .ok && snapshot.failures == 0 && !snapshot.isDraining)
                #expect(stage.log.count(of: "endpoint state changed") == 0)
            }
        }

        @Test func `an endpoint that is not there is down at once, and up when it has come`() async throws {
            let backend = try PathBackend()
            try await SupervisorStage.running([backend.url]) { stage in
                try await stage.until(.down, .closed)
                #expect(stage.history().first == EndpointStatus(state: .down, admission: .closed, lastFailure: .l4Failed))
                let down = try stage.log.wait(for: "endpoint state changed")
                #expect(
                    down.metadata == [
                        "upstream": "backend", "endpoint": backend.url, "from": "up", "to": "down", "last_check": "l4_failed",
                    ])
                _ = try stage.log.wait(for: "every endpoint is out; trying the least bad") { $0 == ["upstream": "backend"] }
                #expect(await stage.supervisor.isPanicking(upstream: 0))
                try await stage.untilChecked(.l4Failed, atLeast: 5)
                let measured = await stage.supervisor.measurements()
                #expect(measured.value(MetricCatalogue.upstreamState, ["backend", backend.url]) == 0)
                #expect(measured.value(MetricCatalogue.upstreamPanic, ["backend"]) == 1)
                #expect(measured.value(MetricCatalogue.upstreamReconnects) ?? 0 >= 4)

                try backend.come()
                try await stage.until(.up, .trial)
                _ = try stage.log.wait(for: "endpoint state changed") { $0["to"] == "up" && $0["last_check"] == "ok" }
                _ = try stage.log.wait(for: "an endpoint is up again")
                #expect(await !stage.supervisor.isPanicking(upstream: 0))
                // Down says it all: the gate has no lines of its own.
                #expect(stage.log.count(of: "endpoint unreachable; probing") == 0)
                #expect(stage.log.count(of: "endpoint reachable again") == 0)
                #expect(stage.log.count(of: "endpoint state changed") == 2)
            }
        }

        @Test func `an endpoint that leaves is down after so many failed checks, and pools hear each step in order`() async throws {
            let backend = try PathBackend()
            try backend.come()
            try await SupervisorStage.running([backend.url]) { stage in
                try await stage.untilChecked(.ok, atLeast: 1)
                backend.leave()
                try await stage.until(.down, .closed)
                try backend.come()
                try await stage.until(.up, .trial)
                stage.report(.attemptSucceeded)
                try await stage.until(.up)
                let up = EndpointStatus(hasBeenUp: true)
                let down = EndpointStatus(state: .down, admission: .closed, hasBeenUp: true, lastFailure: .l4Failed)
                #expect(stage.history() == [up, down, EndpointStatus(admission: .trial, hasBeenUp: true), up])
                #expect(await stage.checks(.l4Failed) >= 3)
            }
        }

        @Test(arguments: [HealthCheckKind.tcp, .none])
        func `one lost connection means one probe and no line`(kind: HealthCheckKind) async throws {
            let backend = try PathBackend()
            try backend.come()
            try await SupervisorStage.running(
                [backend.url],
                with: { change in
                    change.health.kind = kind
                    change.health.interval = .seconds(60)
                }
            ) { stage in
                stage.report(.attemptSucceeded)
                stage.report(.connectionLost)
                try await stage.untilChecked(.ok, atLeast: 1)
                try await stage.until(.up, .trial)
                stage.report(.attemptSucceeded)
                try await stage.until(.up)
                let (up, trial) = (EndpointStatus(hasBeenUp: true), EndpointStatus(admission: .trial, hasBeenUp: true))
                #expect(stage.history() == [up, EndpointStatus(admission: .closed, hasBeenUp: true), trial, up])
                #expect(await stage.supervisor.measurements().value(MetricCatalogue.upstreamReconnects) == 1)
                for line in ["endpoint state changed", "endpoint unreachable; probing", "endpoint reachable again"] {
                    #expect(stage.log.count(of: line) == 0)
                }
            }
        }

        @Test func `an endpoint without checks is probed while it is lost, and said to be so once`() async throws {
            let backend = try PathBackend()
            try await SupervisorStage.running([backend.url], with: { ($0.health.kind, $0.health.fall) = (.none, 1000) }) { stage in
                stage.report(.connectionLost)
                let line = try stage.log.wait(for: "endpoint unreachable; probing")
                #expect(line.metadata == ["upstream": "backend", "endpoint": backend.url, "last_check": "l4_failed"])
                try await stage.untilChecked(.l4Failed, atLeast: 5)
                #expect(stage.log.count(of: "endpoint unreachable; probing") == 1)
                try backend.come()
                _ = try stage.log.wait(for: "endpoint reachable again")
                try await stage.until(.up, .trial)
                let (probes, holdings) = (await stage.checks(.ok), await stage.holdings())
                #expect(probes == 1 && holdings.timers == 0)
            }
        }

        @Test func `sessions that fail eject an endpoint, but no more of them than the share`() async throws {
            let backends = try [PathBackend(), PathBackend()]
            for backend in backends { try backend.come() }
            try await SupervisorStage.running(
                backends.map(\.url), with: { ($0.outlier.failures, $0.outlier.eject) = (2, .milliseconds(50)) }
            ) { stage in
                for endpoint in [0, 1] {
                    for _ in 0..<2 { stage.report(.attemptFailed(.httpStatus), endpoint) }
                }
                _ = try stage.log.wait(for: "endpoint state changed") { $0["to"] == "ejected" && $0["endpoint"] == backends[0].url }
                try await stage.until(.up, .trial, of: 0)
                stage.report(.attemptSucceeded, 0)
                try await stage.until(.up, of: 0)
                let measured = await stage.supervisor.measurements()
                #expect(measured.value(MetricCatalogue.upstreamEjections, ["backend", backends[0].url]) == 1)
                #expect(measured.value(MetricCatalogue.upstreamEjections, ["backend", backends[1].url]) == 0)
                #expect(stage.history(1).allSatisfy { $0.state == .up } && stage.history(1).last?.isTroubled == true)
            }
        }

        @Test func `draining is an operator's word`() async throws {
            let backend = try PathBackend()
            try backend.come()
            try await SupervisorStage.running([backend.url]) { stage in
                await stage.supervisor.drain(upstream: 0, endpoint: 0)
                #expect(await stage.supervisor.snapshot()[0][0].isDraining)
                #expect(stage.history().last?.state == .draining)
                #expect(await stage.supervisor.measurements().value(MetricCatalogue.upstreamState, ["backend", backend.url]) == 3)
                await stage.supervisor.undrain(upstream: 0, endpoint: 0)
                #expect(stage.history().last?.state == .up)
                _ = try stage.log.wait(for: "endpoint state changed") { $0["from"] == "draining" && $0["to"] == "up" }
            }
        }

        @Test func `every number is there before anything happened`() async throws {
            try await SupervisorStage.running(["unix:/nowhere"], with: { $0.health.kind = .none }) { stage in
                let measured = await stage.supervisor.measurements()
                for result in CheckResult.allCases { #expect(measured.value(MetricCatalogue.upstreamChecks, [result.rawValue]) == 0) }
                #expect(measured.value(MetricCatalogue.upstreamReconnects) == 0)
                #expect(measured.value(MetricCatalogue.upstreamState, ["backend", "unix:/nowhere"]) == 1)
                #expect(measured.value(MetricCatalogue.upstreamEjections, ["backend", "unix:/nowhere"]) == 0)
                #expect(measured.value(MetricCatalogue.upstreamPanic, ["backend"]) == 0)
            }
        }

        @Test func `reports of one thread stay in order`() async throws {
            let backend = try PathBackend()
            try backend.come()
            try await SupervisorStage.running([backend.url], with: { $0.outlier.failures = 1000 }) { stage in
                for _ in 0..<999 { stage.report(.attemptFailed(.httpStatus)) }
                stage.report(.attemptSucceeded)
                for _ in 0..<999 { stage.report(.attemptFailed(.httpStatus)) }
                #expect(await stage.supervisor.snapshot()[0][0].failures == 1998)
                #expect(await stage.supervisor.snapshot()[0][0].ejections == 0)
                // What else changes meanwhile, such as the gate, says nothing of the order.
                let turns = stage.history().map(\.isTroubled).reduce(into: [Bool]()) { if $0.last != $1 { $0.append($1) } }
                #expect(turns.suffix(3) == [true, false, true])
            }
        }

        @Test func `a name that can't be reached is looked up again`() async throws {
            try await SupervisorStage.running(["ws://name.test:80", "unix:/nowhere"]) { stage in
                try await Patience.until("the name is asked for") { stage.lookups.all.withLock { $0.contains("ws://name.test:80") } }
                #expect(await stage.supervisor.snapshot()[0][0].lastCheck == .unresolved)
            }
        }

        @Test func `after the stop there is no check and no descriptor`() async throws {
            let backend = try TestBackend()
            try await SupervisorStage.running([backend.url, "unix:/nowhere"], with: { $0.health.kind = .websocket }) { stage in
                // One check is under way, others have ended.
                let connection = try backend.acceptConnection()
                try await stage.untilChecked(.l4Failed, atLeast: 2)
                stage.supervisor.stop()
                #expect(try OpenSockets.count(localPort: 0, remotePort: backend.port) == 0)
                let (history, count) = (stage.history(1), await stage.checks(.l4Failed))
                stage.report(.connectionLost, 1)
                stage.report(.attemptFailed(.httpStatus), 1)
                await stage.supervisor.drain(upstream: 0, endpoint: 1)
                #expect(await stage.checks(.l4Failed) == count && stage.history(1) == history)
                #expect(try !connection.stream.readToEnd().isEmpty)
            }
        }

        @Test func `what was never started can be stopped`() throws {
            let runtime = try CheckStage.upstream("unix:/nowhere", .tcp)
            let supervisor = try UpstreamSupervisor(upstreams: [runtime], logger: LogBook().logger) { _, _, _ in }
            supervisor.report(.connectionLost, upstream: 0, endpoint: 0)
            supervisor.stop()
        }
    }
}
