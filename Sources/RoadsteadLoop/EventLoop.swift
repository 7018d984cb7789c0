import Synchronization

/// One thread with an epoll descriptor, a timer wheel and a mailbox, and everything that lives on it.
///
/// An iteration waits, calls the handlers of what became ready, those that asked to be called `again`, what the mailbox brought and the
/// timers that are due, and then lets go of what was closed meanwhile. The clock is read when it wakes up and when it is done.
///
/// Everything but `start`, `stop`, `join`, `execute`, `isCurrent` and what `SerialExecutor` requires belongs to the loop's own thread, and says so by
/// trapping elsewhere.
public final class EventLoop: @unchecked Sendable {
    // @unchecked: everything mutable below is confined to the loop's thread (`assertCurrent`), except `owner` and `thread`, which are
    // atomic and locked.

    /// What the loop and its thread are called.
    public let name: String

    let mailbox: Mailbox
    let epoll: Epoll
    /// The thread that acts as the loop: 0 before the start and after the end.
    let owner = Atomic<UInt>(0)
    private let thread = Mutex<UInt?>(nil)

    /// Time of this wake-up.
    private var currentTime: ContinuousClock.Instant
    private var table = HandlerTable()
    /// Slots closed in this iteration.
    private var closing: [Int] = []
    /// To be called in the next iteration, and the memory of the list of this one.
    private var againNext: [Registration] = []
    private var againNow: [Registration] = []
    /// 1 and 2 in turn, so that an entry that asks anew while it is being called is not called twice in one iteration.
    private var againMark: UInt8 = 1
    private var wheel: TimerWheel<any TimerHandler>
    private var batch: [Mailbox.Item] = []
    private var hasMail = false
    private var isStopping = false
    private var isEnded = false

    private var startTime: ContinuousClock.Instant
    private var endTime: ContinuousClock.Instant
    private var busy = Duration.zero
    private var wakeUps: UInt64 = 0
    private var observer: ((Duration) -> Void)?

    /// The mailbox's mark among the events; no slot gets that far.
    private static let mailboxData = UInt64.max

    /// A loop that waits for `start`. Throws when the process is out of descriptors.
    public init(name: String) throws(LoopError) {
        self.name = name
        epoll = try Epoll(loop: name)
        mailbox = try Mailbox(loop: name)
        let time = ContinuousClock.now
        currentTime = time
        startTime = time
        endTime = time
        wheel = TimerWheel(origin: time)
        let code = epoll.add(mailbox.wakeDescriptor, interest: .changes, data: Self.mailboxData)
        guard code == 0 else { throw LoopError.system(operation: "register the mailbox of", subject: "event loop \(name)", code: code) }
    }

    // MARK: Life

    /// Starts the loop's thread, once. What was posted before runs first.
    public func start() {
        thread.withLock { thread in
            precondition(thread == nil, "event loop \(name) was started already")
            thread = LoopThread.start(self)
        }
    }

    /// Ends the loop after what was posted before: its descriptors are closed, its handlers and timers released. Any thread; returns at once.
    ///
    /// What is posted after the end runs on the thread that posts it, one at a time and in order, so that nobody who awaits an actor of this loop waits for ever.
    public func stop() {
        // Weak: a loop that was never started must not be kept by its own mailbox.
        execute { [weak self] in self?.isStopping = true }
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
        assert(isCurrent, "the time of a wake-up is for those who run in it")
        return currentTime
    }

    /// What the loop has done up to the end of the last iteration.
    public var statistics: LoopStatistics {
        assertCurrent()
        return LoopStatistics(
            busy: busy, total: startTime.duration(to: endTime), wakeUps: wakeUps, timersArmed: wheel.count, registrations: table.count)
    }

    /// Told the busy time of each wake-up at its end, for histograms of lag.
    public var wakeUpObserver: ((Duration) -> Void)? {
        get {
            assertCurrent()
            return observer
        }
        set {
            assertCurrent()
            observer = newValue
        }
    }

    // MARK: Descriptors

    /// Registers a descriptor EDGE-TRIGGERED for everything: the handler reads until a short read, and writes until a short write, or calls
    /// `again`. One epoll_ctl in the descriptor's life. The loop owns the descriptor from here on, unless this throws.
    public func register(_ descriptor: Int32, handler: any EventHandler) throws(LoopError) -> Registration {
        try register(descriptor, handler: handler, interest: .changes)
    }

    /// Registers a listener: readability is reported in every iteration as long as it lasts.
    public func registerLevelTriggered(_ descriptor: Int32, handler: any EventHandler) throws(LoopError) -> Registration {
        try register(descriptor, handler: handler, interest: .readableLevel)
    }

    private func register(
        _ descriptor: Int32, handler: any EventHandler, interest: Epoll.Interest
    ) throws(LoopError) -> Registration {
        assertCurrent()
        guard !isEnded else { throw LoopError.loopEnded(name: name) }
        let registration = table.insert(descriptor, handler: handler, interest: interest)
        let code = epoll.add(descriptor, interest: interest, data: registration.packed)
        guard code == 0 else {
            table.expire(Int(registration.slot))
            _ = table.vacate(Int(registration.slot))
            throw LoopError.system(operation: "watch", subject: "descriptor \(descriptor)", code: code)
        }
        return registration
    }

    /// Stops reporting events of a listener until `resume`: when descriptors have run out, say.
    public func pause(_ registration: Registration) {
        assertCurrent()
        guard let index = table.index(of: registration), !table[index].isPaused else { return }
        table[index].isPaused = true
        epoll.remove(table[index].descriptor)
    }

    /// Reports events again after `pause`. What is ready by then is reported in the next iteration.
    public func resume(_ registration: Registration) {
        assertCurrent()
        guard let index = table.index(of: registration), table[index].isPaused else { return }
        table[index].isPaused = false
        // It was registered before, so only a lack of kernel memory can make this fail.
        let code = epoll.add(table[index].descriptor, interest: table[index].interest, data: registration.packed)
        precondition(code == 0, "cannot watch a paused descriptor again: \(ErrorNumber.words(for: code))")
    }

    /// Calls `ready(.readable)` in the next iteration, which then does not wait: for handlers that stopped reading before there was
    /// nothing left. Idempotent within an iteration, and merged with an event that arrives by then.
    public func again(_ registration: Registration) {
        assertCurrent()
        guard let index = table.index(of: registration), table[index].againMark == 0 else { return }
        table[index].againMark = againMark
        againNext.append(registration)
    }

    /// Drops the registration: no event reaches its handler from here on. At the end of the iteration the descriptor is closed and the
    /// handler released.
    public func close(_ registration: Registration) {
        assertCurrent()
        guard let index = table.index(of: registration) else { return }
        table.expire(index)
        closing.append(index)
    }

    // MARK: Timers

    /// Arms a timer; it fires in the first iteration after `deadline`, within `TimerWheel.resolution` when the loop is not busy.
    public func arm(at deadline: ContinuousClock.Instant, handler: any TimerHandler) -> TimerID {
        assertCurrent()
        guard !isEnded else { return .none }
        return wheel.arm(at: deadline, payload: handler)
    }

    /// Disarms a timer; does nothing if it has fired or was cancelled.
    public func cancel(_ timer: TimerID) {
        assertCurrent()
        // The handler leaves the wheel before it is released: what its deinit does may use the wheel.
        let handler = wheel.cancel(timer)
        _ = consume handler
    }

    // MARK: Mailbox

    /// Runs a task on the loop: after those posted before it, in this iteration or the next. Any thread.
    public func execute(_ task: @escaping @Sendable () -> Void) {
        post(.task(task))
    }

    func post(_ item: Mailbox.Item) {
        switch mailbox.post(item) {
        case .none: break
        case .wake: if isCurrent { hasMail = true } else { mailbox.wake() }
        case .run: runAfterEnd()
        }
    }

    // MARK: The iteration

    /// The body of the loop's thread.
    func run() {
        owner.store(LoopThread.current, ordering: .relaxed)
        currentTime = ContinuousClock.now
        startTime = currentTime
        endTime = currentTime
        while !isStopping { iterate() }
        end()
    }

    private func iterate() {
        let events = epoll.wait(milliseconds: timeout())
        currentTime = ContinuousClock.now
        swap(&againNow, &againNext)
        againMark ^= 3
        for index in 0..<events {
            let event = epoll.event(at: index)
            deliver(event.data, Readiness(events: event.events))
        }
        deliverAgain()
        if hasMail { runMail() }
        fireTimers()
        releaseClosed()
        endTime = ContinuousClock.now
        let busyNow = currentTime.duration(to: endTime)
        busy += busyNow
        wakeUps += 1
        observer?(busyNow)
    }

    /// How long to wait: not at all if there is something to do, else until the next timer, rounded up to what epoll can count.
    private func timeout() -> Int32 {
        if hasMail || !againNext.isEmpty || !closing.isEmpty { return 0 }
        guard let deadline = wheel.nextDeadline else { return -1 }
        let wait = endTime.duration(to: deadline)
        guard wait > .zero else { return 0 }
        return Int32(min((wait.attoseconds - 1) / 1_000_000_000_000_000 + 1, 86_400_000))
    }

    private func deliver(_ data: UInt64, _ readiness: Readiness) {
        guard data != Self.mailboxData else {
            hasMail = true
            return
        }
        guard let index = table.index(of: Registration(packed: data)), !table[index].isPaused else { return }
        var readiness = readiness
        if table[index].againMark == againMark ^ 3 {
            table[index].againMark = 0
            readiness.insert(.readable)
        }
        table[index].handler?.ready(readiness)
    }

    private func deliverAgain() {
        guard !againNow.isEmpty else { return }
        for position in againNow.indices {
            guard let index = table.index(of: againNow[position]), table[index].againMark == againMark ^ 3 else { continue }
            table[index].againMark = 0
            if !table[index].isPaused { table[index].handler?.ready(.readable) }
        }
        againNow.removeAll(keepingCapacity: true)
    }

    private func runMail() {
        hasMail = false
        mailbox.collect(into: &batch)
        for position in batch.indices {
            switch batch[position] {
            case .task(let task): task()
            case .job(let job): run(job)
            }
        }
        batch.removeAll(keepingCapacity: true)
    }

    private func fireTimers() {
        guard let deadline = wheel.nextDeadline, deadline <= currentTime else { return }
        wheel.advance(to: currentTime)
        while let (timer, handler) = wheel.popExpired() { handler.timerFired(timer) }
    }

    /// Handlers' deinits may close more.
    private func releaseClosed() {
        while let index = closing.popLast() {
            let (descriptor, handler) = table.vacate(index)
            Socket.close(descriptor)
            _ = consume handler
        }
    }

    // MARK: The end

    private func end() {
        isEnded = true
        repeat {
            runMail()
            releaseClosed()
            for registration in table.registrations { close(registration) }
            releaseClosed()
            let handlers = wheel.removeAll()
            _ = consume handlers
            observer = nil
            owner.store(0, ordering: .relaxed)
            if mailbox.finish() { return }
            owner.store(LoopThread.current, ordering: .relaxed)
        } while true
    }

    /// On the thread that posted something after the end, which acts as the loop meanwhile.
    private func runAfterEnd() {
        owner.store(LoopThread.current, ordering: .relaxed)
        end()
    }
}
