import Glibc

/// The time of day.
enum WallClock {
    /// Milliseconds since 1970 in UTC.
    static var milliseconds: Int64 {
        var time = timespec()
        // SAFETY: writes one timespec. CLOCK_REALTIME is always there, so the call cannot fail.
        _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
