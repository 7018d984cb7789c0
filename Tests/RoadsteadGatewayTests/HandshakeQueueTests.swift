import Testing

@testable import RoadsteadGateway

@Suite("HandshakeQueue")
struct HandshakeQueueTests {
    @Test("as many as there are steps go on at once, and the others in the order in which they came")
    func order() {
        var queue = HandshakeQueue<Int>(stepsPerWakeUp: 2)
        let admitted = (1...5).map { queue.admits($0) }
        #expect(admitted == [true, true, false, false, false])
        #expect(Self.turns(&queue) == [])
        queue.wakeUpEnded()
        #expect(Self.turns(&queue) == [3, 4])
        // A newcomer waits behind those who wait, and also when all steps are taken.
        let isSixthAdmitted = queue.admits(6)
        queue.wakeUpEnded()
        #expect(!isSixthAdmitted && Self.turns(&queue) == [5, 6] && queue.isEmpty)
        let isSeventhAdmitted = queue.admits(7)
        queue.wakeUpEnded()
        #expect(!isSeventhAdmitted && Self.turns(&queue) == [7])
        let isEighthAdmitted = queue.admits(8)
        #expect(isEighthAdmitted)
        // The third to the seventh.
        #expect(queue.deferred == 5)
    }

    private static func turns(_ queue: inout HandshakeQueue<Int>) -> [Int] {
        var turns: [Int] = []
        while let next = queue.next(unless: { _ in false }) { turns.append(next) }
        return turns
    }

    @Test("who has left takes no step of those who wait")
    func left() {
        var queue = HandshakeQueue<Int>(stepsPerWakeUp: 2)
        for number in 1...8 { _ = queue.admits(number) }
        queue.wakeUpEnded()
        let next = [queue.next(unless: { $0 < 6 }), queue.next(unless: { $0 == 7 }), queue.next(unless: { _ in false })]
        #expect(next == [6, 8, nil] && queue.isEmpty)
    }

    @Test("in a storm nobody is overtaken, whatever comes in between")
    func storm() {
        var generator = SystemRandomNumberGenerator()
        var queue = HandshakeQueue<Int>(stepsPerWakeUp: 8)
        var (came, served) = (0, [Int]())
        for _ in 0..<500 {
            for _ in 0..<Int.random(in: 0...16, using: &generator) {
                came += 1
                if queue.admits(came) { served.append(came) }
            }
            queue.wakeUpEnded()
            served += Self.turns(&queue)
        }
        #expect(served == Array(1...served.count) && served.count <= came)
        while !queue.isEmpty {
            queue.wakeUpEnded()
            served += Self.turns(&queue)
        }
        #expect(served == Array(1...came))
    }
}
