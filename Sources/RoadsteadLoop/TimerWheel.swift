/// Timers in a hierarchical wheel: arming and cancelling cost the same however many there are.
///
/// Time is what has passed since the wheel was made, counted in ticks of `resolution`. Level 0 has a slot for each of the 64 ticks of the current block, level 1 one
/// for each of the 64 blocks of the block above, and so on:
///
/// ```
///  tick  =  ... | 6 bits level 2 | 6 bits level 1 | 6 bits level 0 |
/// ```
///
/// A timer stands at the level of the highest group of bits in which its tick differs from `elapsed`, in the slot that group names.
/// So all timers of one tick share one slot, occupied slots lie ahead of `elapsed` in each level, and the lowest occupied slot of the
/// lowest occupied level comes first. When time reaches a slot's first tick, its timers move down (level 0: fire). Between
/// occupied slots nothing is visited, so a clock that jumps by days costs no more than one that does not.
///
/// Pure: the time is an argument. A timer fires at the first `advance(to:)` at or after its deadline's tick, never before its deadline.
public struct TimerWheel<Payload> {
    /// The length of a tick: a timer fires at most this much after its deadline when `advance` is called in time.
    public static var resolution: Duration { .milliseconds(10) }

    /// Timers armed that have neither fired nor been cancelled.
    public private(set) var count = 0

    private static var attosecondsPerTick: Int128 { 10_000_000_000_000_000 }
    private static var levels: Int { 8 }
    /// 8 levels of 6 bits: 89,000 years of ticks. A later deadline counts as this one.
    private static var lastTick: UInt64 { 1 << 48 - 1 }
    /// The list of timers that were due when they were armed; they fire at the next `advance`.
    private static var overdueList: Int { levels * 64 }
    /// The list of timers that `popExpired` hands out.
    private static var firingList: Int { levels * 64 + 1 }
    private static var nothing: UInt32 { .max }

    /// A timer, or a free place. Lists are circular; `previous` of a list's head is its tail.
    private struct Node {
        var payload: Payload?
        var tick: UInt64
        var next: UInt32
        var previous: UInt32
        var generation: UInt32
        var list: UInt16
    }

    /// The tick up to which everything due has been moved to the firing list.
    private var elapsed: UInt64 = 0
    private var nodes: [Node] = []
    private var freeHead = nothing
    /// Head of each list: slots level by level, then overdue, then firing.
    private var heads: [UInt32]
    /// For each level, a bit for each slot that is not empty.
    private var occupied = [UInt64](repeating: 0, count: levels)
    /// A bit for each level that is not empty.
    private var occupiedLevels: UInt32 = 0

    /// An empty wheel, at time zero.
    public init() {
        heads = [UInt32](repeating: Self.nothing, count: Self.levels * 64 + 2)
    }

    /// Whether no timer is armed.
    public var isEmpty: Bool { count == 0 }

    /// When `advance(to:)` should next be called: at the first deadline, or before it when timers have to move down a level. Nil when
    /// nothing is armed.
    public var nextDeadline: Duration? {
        if heads[Self.overdueList] != Self.nothing || heads[Self.firingList] != Self.nothing { return time(of: elapsed) }
        guard let next = nextOccupiedSlot else { return nil }
        return time(of: next.start)
    }

    /// Arms a timer. A deadline in the past fires at the next `advance(to:)`.
    public mutating func arm(at deadline: Duration, payload: Payload) -> TimerID {
        let tick = tick(atOrAfter: deadline)
        let index: UInt32
        if freeHead != Self.nothing {
            index = freeHead
            freeHead = nodes[Int(index)].next
            nodes[Int(index)].payload = payload
            nodes[Int(index)].tick = tick
        } else {
            index = UInt32(nodes.count)
            nodes.append(Node(payload: payload, tick: tick, next: index, previous: index, generation: 0, list: 0))
        }
        count += 1
        place(index, tick: tick, dueList: Self.overdueList)
        return TimerID(index: index, generation: nodes[Int(index)].generation)
    }

    /// Disarms a timer and returns what it carried; nil when it has fired or was cancelled already.
    @discardableResult
    public mutating func cancel(_ timer: TimerID) -> Payload? {
        guard Int(timer.index) < nodes.count, nodes[Int(timer.index)].generation == timer.generation,
            nodes[Int(timer.index)].payload != nil
        else { return nil }
        unlink(timer.index)
        return vacate(timer.index)
    }

    /// Makes every timer whose deadline is at or before `now` available to `popExpired()`, in order of their ticks.
    public mutating func advance(to now: Duration) {
        let target = tick(atOrBefore: now)
        moveAll(of: Self.overdueList)
        while let next = nextOccupiedSlot, next.start <= target {
            elapsed = next.start
            moveAll(of: next.list)
        }
        elapsed = max(elapsed, target)
    }

    /// Takes the next timer that `advance(to:)` found due. A timer armed meanwhile waits for the next `advance(to:)`.
    public mutating func popExpired() -> (timer: TimerID, payload: Payload)? {
        let index = heads[Self.firingList]
        guard index != Self.nothing else { return nil }
        let timer = TimerID(index: index, generation: nodes[Int(index)].generation)
        unlink(index)
        guard let payload = vacate(index) else { preconditionFailure("an armed timer has a payload") }
        return (timer, payload)
    }

    /// Disarms everything and returns what the timers carried.
    public mutating func removeAll() -> [Payload] {
        var payloads: [Payload] = []
        for index in nodes.indices where nodes[index].payload != nil {
            unlink(UInt32(index))
            if let payload = vacate(UInt32(index)) { payloads.append(payload) }
        }
        return payloads
    }

    // MARK: Ticks

    private func time(of tick: UInt64) -> Duration {
        Duration(attoseconds: Int128(tick) * Self.attosecondsPerTick)
    }

    private func tick(atOrBefore time: Duration) -> UInt64 {
        let attoseconds = time.attoseconds
        guard attoseconds > 0 else { return 0 }
        return UInt64(min(attoseconds / Self.attosecondsPerTick, Int128(Self.lastTick)))
    }

    /// Rounded up, so that no timer fires early.
    private func tick(atOrAfter time: Duration) -> UInt64 {
        let attoseconds = time.attoseconds
        guard attoseconds > 0 else { return 0 }
        return UInt64(min((attoseconds - 1) / Self.attosecondsPerTick + 1, Int128(Self.lastTick)))
    }

    // MARK: Slots and lists

    private var nextOccupiedSlot: (list: Int, start: UInt64)? {
        guard occupiedLevels != 0 else { return nil }
        let level = occupiedLevels.trailingZeroBitCount
        let slot = occupied[level].trailingZeroBitCount
        let shift = UInt64(level * 6)
        let block = (elapsed >> (shift + 6)) << (shift + 6)
        return (level * 64 + slot, block | UInt64(slot) << shift)
    }

    /// Puts a timer where its tick belongs now; into `dueList` if that tick has been reached.
    private mutating func place(_ index: UInt32, tick: UInt64, dueList: Int) {
        guard tick > elapsed else { return append(index, to: dueList) }
        let level = (63 - (elapsed ^ tick).leadingZeroBitCount) / 6
        let slot = Int(tick >> UInt64(level * 6) & 63)
        occupied[level] |= 1 << UInt64(slot)
        occupiedLevels |= 1 << UInt32(level)
        append(index, to: level * 64 + slot)
    }

    /// Empties a list, placing each of its timers anew, in order; those due go to the firing list.
    private mutating func moveAll(of list: Int) {
        while heads[list] != Self.nothing {
            let index = heads[list]
            unlink(index)
            place(index, tick: nodes[Int(index)].tick, dueList: Self.firingList)
        }
    }

    private mutating func append(_ index: UInt32, to list: Int) {
        nodes[Int(index)].list = UInt16(list)
        let head = heads[list]
        guard head != Self.nothing else {
            heads[list] = index
            nodes[Int(index)].next = index
            nodes[Int(index)].previous = index
            return
        }
        let tail = nodes[Int(head)].previous
        nodes[Int(index)].next = head
        nodes[Int(index)].previous = tail
        nodes[Int(tail)].next = index
        nodes[Int(head)].previous = index
    }

    private mutating func unlink(_ index: UInt32) {
        let list = Int(nodes[Int(index)].list)
        let next = nodes[Int(index)].next
        guard next != index else {
            heads[list] = Self.nothing
            if list < Self.overdueList { markEmpty(list) }
            return
        }
        let previous = nodes[Int(index)].previous
        nodes[Int(previous)].next = next
        nodes[Int(next)].previous = previous
        if heads[list] == index { heads[list] = next }
    }

    private mutating func markEmpty(_ list: Int) {
        let level = list / 64
        occupied[level] &= ~(1 << UInt64(list % 64))
        if occupied[level] == 0 { occupiedLevels &= ~(1 << UInt32(level)) }
    }

    /// Frees an unlinked timer's place and returns what it carried. Its next user gets a new generation.
    private mutating func vacate(_ index: UInt32) -> Payload? {
        let payload = nodes[Int(index)].payload.take()
        nodes[Int(index)].generation &+= 1
        nodes[Int(index)].next = freeHead
        freeHead = index
        count -= 1
        return payload
    }
}
