/// What `/proc` says about a process, read from its texts (proc(5)).
enum ProcessStatus {
    /// The fields of `/proc/PID/stat` that the metrics need.
    struct Fields: Equatable {
        /// User and system time in clock ticks.
        let ticks: UInt64
        /// Clock ticks between boot and the process's start.
        let startTicks: UInt64
        /// Bytes mapped.
        let virtualBytes: UInt64
        /// Pages in RAM.
        let residentPages: UInt64
    }

    /// Reads `/proc/PID/stat`. The second field is the program's name in parentheses and may itself hold blanks and parentheses,
    /// so that fields are counted from the last one.
    static func fields(stat: String) -> Fields? {
        guard let parenthesis = stat.lastIndex(of: ")") else { return nil }
        let words = stat[stat.index(after: parenthesis)...].split { $0 == " " || $0 == "\n" }
        // proc(5) counts from 1 and the name is 2, so that words[0] is its field 3.
        func field(_ number: Int) -> UInt64? {
            number - 3 < words.count ? UInt64(words[number - 3]) : nil
        }
        guard let user = field(14), let system = field(15), let start = field(22), let virtual = field(23), let resident = field(24)
        else { return nil }
        return Fields(ticks: user &+ system, startTicks: start, virtualBytes: virtual, residentPages: resident)
    }

    /// Reads the soft limit of open descriptors from `/proc/PID/limits`; infinite if it says so.
    static func maximumDescriptors(limits: String) -> Double? {
        let label = "Max open files"
        guard let line = limits.split(separator: "\n").first(where: { $0.hasPrefix(label) }),
            let soft = line.dropFirst(label.count).split(separator: " ").first
        else { return nil }
        return soft == "unlimited" ? .infinity : Double(soft)
    }

    /// Reads the time of boot, in seconds since 1970, from `/proc/stat`.
    static func bootTime(stat: String) -> UInt64? {
        stat.split(separator: "\n").first { $0.hasPrefix("btime ") }.flatMap { UInt64($0.dropFirst("btime ".count)) }
    }
}
