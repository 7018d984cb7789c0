import Synchronization

// SAFETY: `state` is confined to the thread in `owner`, see `assertCurrent`. Everything else is constant, atomic or locked.
/// One thread with an epoll descriptor, a timer wheel and a mailbox, and everything that lives on it.
///
/// An iteration waits, calls the handlers of what became ready, those that asked to be called `again`, what the mailbox brought and the
/// timers that are due, gives `wakeUpFinisher` the last word, and then lets go of what was closed meanwhile. The clock is read when it wakes
/// up and when it is done.
///
/// Everything but `start`, `stop`, `join`, `execute`, `isCurrent` and what `SerialExecutor` requires belongs to the loop's own thread, and
/// traps elsewhere.
public final class EventLoop: @unchecked Sendable {

    /// What the loop and its thread are called.
    public let name: String

    let state = LoopConfined(LoopState())
    let epoll: Epoll
    let mailbox: Mailbox
    /// Where the loop's time begins. An Instant's layout is not known at compile time, so the loop counts in Durations from here.
    let origin: ContinuousClock.Instant
    /// The thread that acts as the loop: 0 before the start and after the end.
    let owner = Atomic<UInt>(0)
    private let thread = Mutex<UInt?>(nil)

    /// The mailbox's mark among the events; no registration's name looks like it.
    static let mailboxData = UInt64.max

    /// A loop that waits for `start`. Throws when the process is out of descriptors.
    public init(name: String) throws(LoopError) {
        self.name = name
        epoll = try Epoll(loop: name)
        mailbox = try Mailbox(loop: name)
        origin = ContinuousClock.now
        let code = epoll.add(mailbox.wakeDescriptor, interest: .changes, data: Self.mailboxData)
        guard code == 0 else { throw LoopError.system(operation: "register the mailbox of", subject: "event loop \(name)", code: code) }
    }

    /// Starts the loop's thread, once. What was posted before runs first.
    public func start() {
        thread.withLock { thread in
            precondition(thread == nil, "event loop \(name) was started already")
            thread = LoopThread.start(self)
        }
    }

    /// Ends the loop after what was posted before: its descriptors are closed, its handlers and timers released. Any thread; returns at
    /// once.
    ///
    /// What is posted after the end runs on the thread that posts it, one at a time and in order, so that nobody who awaits an actor of
    /// this loop waits for ever.
    public func stop() {
        // Weak: a loop that was never started must not be kept by its own mailbox.
        execute { [weak self] in self?.state.value.isStopping = true }
    }

    /// Waits until the loop has ended; at once if it was never started or was joined before. Any thread but the loop's own.
    public func join() {
        precondition(!isCurrent, "event loop \(name) cannot wait for its own end")
        thread.withLock { thread in
            guard let started = thread, started != 0 else { return }
            LoopThread.join(started)
            thread = 0
        }
    }

    /// Whether the caller runs on the loop.
    public var isCurrent: Bool { owner.load(ordering: .relaxed) == LoopThread.current }

    /// Traps if the caller does not run on the loop.
    public func assertCurrent() {
        precondition(isCurrent, "called off event loop \(name): go through execute or an actor of the loop")
    }

    /// The time of this wake-up.
    public var now: ContinuousClock.Instant {
        assertCurrent()
        return origin.advanced(by: state.value.wakeTime)
    }

    /// What the loop has done up to the end of the last iteration.
    public var statistics: LoopStatistics {
        assertCurrent()
        return LoopStatistics(
            busy: state.value.busy, total: state.value.doneTime - state.value.startTime, wakeUps: state.value.wakeUps,
            timersArmed: state.value.wheel.count, registrations: state.value.table.count)
    }

    /// Called when everything else of a wake-up is done. Returns whether it has more to do: then the next one comes without waiting.
    public var wakeUpFinisher: (() -> Bool)? {
        get {
            assertCurrent()
            return state.value.finisher
        }
        set {
            assertCurrent()
            // Exchanged, so that the old one is released outside the state.
            var finisher = newValue
            swap(&state.value.finisher, &finisher)
        }
    }

    /// Told the busy time of each wake-up at its end, for histograms of lag.
    public var wakeUpObserver: ((Duration) -> Void)? {
        get {
            assertCurrent()
            return state.value.observer
        }
        set {
            assertCurrent()
            // Exchanged, so that the old one is released outside the state.
            var observer = newValue
            swap(&state.value.observer, &observer)
        }
    }

    /// Runs a task on the loop: after those posted before it, in this iteration or the next. Any thread.
    public func execute(_ task: @escaping @Sendable () -> Void) {
        post(.task(task))
    }
}
