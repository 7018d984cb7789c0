/// Everything about a loop that changes while it runs. Belongs to the loop's thread; see `LoopConfined` for what its methods may do. Not copyable: used in place.
struct LoopState: ~Copyable {
    /// Time of this wake-up, since the loop's origin.
    var wakeTime = Duration.zero
    /// When the last iteration was done.
    var doneTime = Duration.zero
    /// When the loop started.
    var startTime = Duration.zero

    /// The descriptors and their handlers.
    var table = HandlerTable()
    /// Slots closed in this iteration.
    var closing: [Int] = []
    /// To be called in the next iteration, and in this one.
    var againNext: [Registration] = []
    var againNow: [Registration] = []
    /// What entries of `againNext` are marked with: 1 and 2 in turn, so that one that asks anew while it is being called is not called twice
    /// in one iteration.
    var againMark: UInt8 = 1
    /// The mark of the entries of `againNow`.
    var againMarkNow: UInt8 { againMark ^ 3 }

    /// The timers.
    var wheel = TimerWheel<any TimerHandler>()
    /// What the mailbox brought.
    var batch: [Mailbox.Item] = []
    /// Whether there is something in the mailbox.
    var hasMail = false

    /// Whether this iteration is the last.
    var isStopping = false
    /// Whether the last iteration is over: nothing is registered or armed any more.
    var isEnded = false

    /// Iterations in a row in which timers have waited for events.
    var catchingUp = 0

    /// Time spent between wake-ups and waits.
    var busy = Duration.zero
    /// Returns from waiting.
    var wakeUps: UInt64 = 0
    /// Has the last word of each wake-up.
    var finisher: (() -> Bool)?
    /// Whether it has more to do.
    var isUnfinished = false
    /// Told the busy time of each wake-up.
    var observer: ((Duration) -> Void)?

    /// Begins an iteration at `time`.
    mutating func wokeUp(at time: Duration) {
        wakeTime = time
        swap(&againNow, &againNext)
        againMark ^= 3
    }

    /// Ends an iteration at `time` and returns how long it took.
    mutating func finished(at time: Duration) -> Duration {
        doneTime = time
        let spent = Duration(attoseconds: time.attoseconds - wakeTime.attoseconds)
        busy = Duration(attoseconds: busy.attoseconds + spent.attoseconds)
        wakeUps &+= 1
        return spent
    }

    /// How many milliseconds to wait for events: none if there is something to do, else until the next timer, rounded up; -1 without one.
    var timeout: Int32 {
        if hasMail || isUnfinished || !againNext.isEmpty || !closing.isEmpty { return 0 }
        guard let deadline = wheel.nextDeadline else { return -1 }
        let wait = deadline.attoseconds - doneTime.attoseconds
        guard wait > 0 else { return 0 }
        return Int32(min((wait - 1) / 1_000_000_000_000_000 + 1, 86_400_000))
    }

    /// Whether a timer may be due.
    var hasDueTimers: Bool {
        guard let deadline = wheel.nextDeadline else { return false }
        return deadline.attoseconds <= wakeTime.attoseconds
    }

    /// Whether due timers have to wait for events: they are late by a second and more, and there are more events than were taken at once. Within
    /// bounds, so that events without end do not keep timers for ever.
    mutating func isCatchingUp(isFull: Bool) -> Bool {
        guard isFull, catchingUp < 256, let deadline = wheel.nextDeadline,
            wakeTime.attoseconds - deadline.attoseconds > Self.standstill.attoseconds
        else {
            catchingUp = 0
            return false
        }
        catchingUp += 1
        return true
    }

    private static let standstill = Duration.seconds(1)

    /// The handler to call for an event; nil if it came too late. What the entry asked for with `again` is merged into `readiness`.
    mutating func handler(of registration: Registration, readiness: inout Readiness) -> (any EventHandler)? {
        guard let index = table.index(of: registration), !table[index].isPaused else { return nil }
        if table[index].againMark == againMarkNow {
            table[index].againMark = 0
            readiness.insert(.readable)
        }
        return table[index].handler
    }

    /// The handler that asked with `again` to be called in this iteration; nil if an event came before or it was closed.
    mutating func handlerToCallAgain(at position: Int) -> (any EventHandler)? {
        guard let index = table.index(of: againNow[position]), table[index].againMark == againMarkNow else { return nil }
        table[index].againMark = 0
        return table[index].isPaused ? nil : table[index].handler
    }

    /// Notes that the handler is to be called in the next iteration.
    mutating func again(_ registration: Registration) {
        guard let index = table.index(of: registration), table[index].againMark == 0 else { return }
        table[index].againMark = againMark
        againNext.append(registration)
    }

    /// Makes the registration's name stale at once; its place is released later.
    mutating func close(_ registration: Registration) {
        guard let index = table.index(of: registration) else { return }
        table.expire(index)
        closing.append(index)
    }

    /// The next closed entry to let go of.
    mutating func popClosed() -> (descriptor: Int32, handler: (any EventHandler)?)? {
        guard let index = closing.popLast() else { return nil }
        return table.vacate(index)
    }
}
