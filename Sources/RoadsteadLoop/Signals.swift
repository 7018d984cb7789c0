import CLinux
import Glibc

/// Signals as values that a thread waits for: no handlers.
public enum Signals {
    /// Keeps the signals from interrupting; `wait` takes them. Call it before any thread is started, since threads inherit it.
    public static func block(_ signals: [Int32]) {
        clinux_block_signals(mask(signals))
    }

    /// Waits for one of the signals, which must be blocked, on a thread of its own.
    public static func wait(_ signals: [Int32]) -> Int32 {
        clinux_wait_for_signal(mask(signals))
    }

    /// Makes a write to a closed pipe an error instead of the end of the process.
    public static func ignoreBrokenPipe() {
        clinux_ignore_signal(SIGPIPE)
    }

    private static func mask(_ signals: [Int32]) -> UInt64 {
        signals.reduce(0) { mask, signal in
            precondition((1..<64).contains(signal), "\(signal) is not the number of a signal")
            return mask | 1 << UInt64(signal)
        }
    }
}
