import Glibc

/// What a clock on the wall shows; for people only, never for deadlines.
enum WallTime {
    /// Nanoseconds since 1970.
    static var now: Int64 {
        var time = timespec()
        // SAFETY: clock_gettime fills the structure that it is given.
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
