import Glibc

/// The `process_*` metrics that every Prometheus client library has, read from `/proc`.
public enum ProcessMetrics {
    /// Sets them in `snapshot`. What can't be read (no `/proc`, no descriptor left) is left out. It reads files, so keep it off the
    /// event loops.
    public static func collect(into snapshot: inout MetricSnapshot) {
        if let fields = ProcFile.text("/proc/self/stat").flatMap(ProcessStatus.fields(stat:)) {
            snapshot.set(MetricCatalogue.processCPU, to: Double(fields.ticks) / ticksPerSecond)
            snapshot.set(MetricCatalogue.processVirtualMemory, to: Double(fields.virtualBytes))
            snapshot.set(MetricCatalogue.processResidentMemory, to: Double(fields.residentPages) * Double(sysconf(Int32(_SC_PAGESIZE))))
            if let bootTime {
                snapshot.set(MetricCatalogue.processStartTime, to: Double(bootTime) + Double(fields.startTicks) / ticksPerSecond)
            }
        }
        if let count = ProcFile.entryCount("/proc/self/fd") {
            // Counting takes a descriptor itself.
            snapshot.set(MetricCatalogue.processOpenDescriptors, to: Double(count - 1))
        }
        if let maximum = ProcFile.text("/proc/self/limits").flatMap(ProcessStatus.maximumDescriptors(limits:)) {
            snapshot.set(MetricCatalogue.processMaximumDescriptors, to: maximum)
        }
    }

    /// The unit of times in `/proc`.
    private static let ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))

    /// Read once: `/proc/stat` is long on machines with many cores and slow to make.
    private static let bootTime = ProcFile.text("/proc/stat").flatMap(ProcessStatus.bootTime(stat:))
}
