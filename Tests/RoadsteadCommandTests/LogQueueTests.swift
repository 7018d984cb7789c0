import Testing

@testable import roadstead

struct LogQueueTests {
    private typealias Batch = LogQueue.Batch

    @Test func `Lines are given out all at once and in order, and the thread is woken for the first`() {
        var queue = LogQueue(limit: 100)
        let wakes = ["a\n", "b\n", "c\n"].map { queue.append($0) }
        #expect(wakes == [true, false, false])
        #expect(queue.next() == Batch(text: "a\nb\nc\n", dropped: 0))
        let wakesWhileWriting = queue.append("d\n")
        #expect(!wakesWhileWriting)
        #expect(queue.next() == Batch(text: "d\n", dropped: 0))
        #expect(queue.next() == nil)
        let wakesAfterRest = queue.append("e\n")
        #expect(wakesAfterRest)
        #expect(queue.next() == Batch(text: "e\n", dropped: 0))
    }

    @Test(arguments: [(4, 0), (5, 0), (6, 1)])
    func `Lines together have at most as many bytes as the limit`(size: Int, dropped: Int) {
        var queue = LogQueue(limit: 10)
        _ = queue.append("1234\n")
        _ = queue.append(String(repeating: "x", count: size))
        #expect(queue.droppedInAll == dropped)
        #expect(queue.next()?.dropped == dropped)
    }

    @Test(arguments: [(4, 0), (5, 0), (6, 1)])
    func `What is being written is held too`(size: Int, dropped: Int) {
        var queue = LogQueue(limit: 10)
        _ = queue.append("1234\n")
        #expect(queue.next() == Batch(text: "1234\n", dropped: 0))
        _ = queue.append(String(repeating: "x", count: size))
        #expect(queue.droppedInAll == dropped)
        #expect(queue.next()?.dropped == dropped)
    }

    @Test func `Bytes count and not characters`() {
        var queue = LogQueue(limit: 10)
        _ = queue.append("ééééé\n")
        #expect(queue.droppedInAll == 1)
    }

    @Test func `What is missing is one gap, and after it there is room again`() {
        var queue = LogQueue(limit: 10)
        _ = queue.append("1234567\n")
        _ = queue.append("too long\n")
        // It would fit, but what is after the gap would seem to be before it.
        _ = queue.append("x\n")
        #expect(queue.next() == Batch(text: "1234567\n", dropped: 2))
        _ = queue.append("y\n")
        _ = queue.append("z\n")
        #expect(queue.next() == Batch(text: "y\n", dropped: 1))
        #expect(queue.next() == nil)
        #expect(queue.droppedInAll == 3)
        _ = queue.append("123456789\n")
        #expect(queue.next() == Batch(text: "123456789\n", dropped: 0))
    }

    @Test func `A line beyond the limit is told of though nothing else is there`() {
        var queue = LogQueue(limit: 10)
        let wakes = queue.append("1234567890\n")
        #expect(wakes)
        #expect(queue.next() == Batch(text: "", dropped: 1))
        #expect(queue.next() == nil)
    }

    @Test func `Lines are settled once the batch that has them, or tells of them, is written`() {
        var queue = LogQueue(limit: 4)
        for line in ["a\n", "b\n", "c\n"] { _ = queue.append(line) }
        #expect(queue.appended == 3 && queue.settled == 0)
        #expect(queue.next() == Batch(text: "a\nb\n", dropped: 1))
        #expect(queue.settled == 0)
        _ = queue.append("d\n")
        #expect(queue.next() == Batch(text: "", dropped: 1))
        #expect(queue.appended == 4 && queue.settled == 3)
        #expect(queue.next() == nil)
        #expect(queue.settled == 4)
    }
}
