import Glibc
import Testing

@testable import RoadsteadMetrics

/// Serialized: one test counts the descriptors of the process.
@Suite(.serialized)
struct ProcessMetricsTests {
    static func collected() -> MetricSnapshot {
        var snapshot = MetricSnapshot()
        ProcessMetrics.collect(into: &snapshot)
        return snapshot
    }

    @Test func `A running process has believable numbers`() throws {
        let snapshot = Self.collected()
        #expect(try #require(snapshot.value(MetricCatalogue.processCPU)) >= 0)
        let resident = try #require(snapshot.value(MetricCatalogue.processResidentMemory))
        #expect(resident > 1_000_000)
        #expect(try #require(snapshot.value(MetricCatalogue.processVirtualMemory)) >= resident)
        let open = try #require(snapshot.value(MetricCatalogue.processOpenDescriptors))
        #expect(open >= 1)
        #expect(try #require(snapshot.value(MetricCatalogue.processMaximumDescriptors)) >= open)
        let now = Double(time(nil))
        let start = try #require(snapshot.value(MetricCatalogue.processStartTime))
        // The kernel rounds the time of boot to a second.
        #expect(start <= now + 2)
        #expect(start > now - 3600)
    }

    @Test func `Opened descriptors are counted`() throws {
        let before = try #require(Self.collected().value(MetricCatalogue.processOpenDescriptors))
        let opened = (0..<300).map { _ in dup(2) }
        let during = try #require(Self.collected().value(MetricCatalogue.processOpenDescriptors))
        for descriptor in opened { close(descriptor) }
        #expect(opened.allSatisfy { $0 >= 0 })
        // Other tests of this process open and close some meanwhile.
        #expect((200...400).contains(during - before))
    }

    @Test func `Files that can't be read are nil`() {
        #expect(ProcFile.text("/proc/no/such/file") == nil)
        #expect(ProcFile.text("/proc/self") == nil)
        #expect(ProcFile.entryCount("/proc/no/such/directory") == nil)
    }

    @Test func `Files longer than one read are read whole`() throws {
        let maps = try #require(ProcFile.text("/proc/self/maps"))
        #expect(maps.utf8.count > 4096)
        #expect(maps.hasSuffix("\n"))
    }
}
