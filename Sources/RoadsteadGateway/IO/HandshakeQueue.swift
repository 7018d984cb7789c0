/// Whose turn it is to take a step of a TLS handshake: so many a wake-up, so that a reconnect storm does not starve open sessions, and
/// first come, first served, so that in a long storm the oldest do not wait until they are timed out.
struct HandshakeQueue<Element> {
    private let stepsPerWakeUp: Int
    private var steps: Int
    private var waiting: [Element] = []
    /// Where the first one stands; those before it are gone.
    private var first = 0
    /// How many had to wait so far.
    private(set) var deferred: UInt64 = 0

    init(stepsPerWakeUp: Int) {
        self.stepsPerWakeUp = stepsPerWakeUp
        steps = stepsPerWakeUp
    }

    /// Whether nobody waits.
    var isEmpty: Bool { first == waiting.count }

    /// Whether the element may take its step now. If not, it waits, and `next` will name it.
    mutating func admits(_ element: Element) -> Bool {
        guard steps > 0, isEmpty else {
            waiting.append(element)
            deferred += 1
            return false
        }
        steps -= 1
        return true
    }

    /// A wake-up is over: the steps of another one may be taken.
    mutating func wakeUpEnded() { steps = stepsPerWakeUp }

    /// The one that has waited longest, which takes its step now; nil when nobody waits or all steps are taken.
    /// - Parameter hasLeft: who has waited in vain and takes no step.
    mutating func next(unless hasLeft: (Element) -> Bool) -> Element? {
        while steps > 0, !isEmpty {
            let element = takeFirst()
            guard !hasLeft(element) else { continue }
            steps -= 1
            return element
        }
        return nil
    }

    private mutating func takeFirst() -> Element {
        let element = waiting[first]
        first += 1
        // Moving the rest up now and then costs each element one move at most.
        if first * 2 >= waiting.count {
            waiting.removeFirst(first)
            first = 0
        }
        return element
    }
}
