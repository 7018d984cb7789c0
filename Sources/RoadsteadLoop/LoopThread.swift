import CLinux
import Glibc

/// A thread that runs a loop.
enum LoopThread {
    /// What identifies the calling thread as long as it runs; never 0.
    static var current: UInt { UInt(pthread_self()) }

    /// Starts a thread that runs `loop` and keeps it alive until then.
    static func start(_ loop: EventLoop) -> UInt {
        var thread = pthread_t()
        // SAFETY: the reference retained here is consumed once, by the thread.
        let argument = unsafe Unmanaged.passRetained(loop).toOpaque()
        let code = unsafe pthread_create(
            &thread, nil,
            { argument in
                // SAFETY: the argument is the reference retained above.
                guard let argument = unsafe argument else { return nil }
                let loop = unsafe Unmanaged<EventLoop>.fromOpaque(argument).takeRetainedValue()
                // SAFETY: the string outlives the call, which copies it.
                unsafe clinux_name_thread(String(loop.name.utf8.prefix(15)) ?? "loop")
                loop.run()
                return nil
            }, argument)
        precondition(code == 0, "cannot start a thread for event loop \(loop.name): \(ErrorNumber.words(for: code))")
        return UInt(thread)
    }

    /// Waits until the thread has ended. Once a thread.
    static func join(_ thread: UInt) {
        let code = pthread_join(pthread_t(thread), nil)
        precondition(code == 0, "a loop's thread is joined once, and not by itself: \(ErrorNumber.words(for: code))")
    }
}
