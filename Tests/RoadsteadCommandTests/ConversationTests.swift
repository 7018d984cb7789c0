import Testing

@testable import roadstead

struct ConversationTests {
    private let start = ContinuousClock.now

    @Test func `Lines are the same however the input comes in pieces`() {
        let bytes = Array("one\n\ntwo\r\nthree".utf8)
        for cut in 0...bytes.count {
            var splitter = LineSplitter()
            let lines = splitter.feed(Array(bytes[..<cut])) + splitter.feed(Array(bytes[cut...]))
            #expect(lines == [Array("one".utf8), [], Array("two\r".utf8)], "cut at \(cut)")
            #expect(splitter.finish() == Array("three".utf8))
            #expect(splitter.finish() == nil)
        }
    }

    @Test func `Nothing closes while there may be more lines`() {
        var end = ConversationEnd(quiet: .zero, now: start)
        end.sent(at: start)
        end.received(at: start)
        #expect(end.deadline == nil)
    }

    @Test func `Without answers it closes one quiet second after the last event`() {
        var end = ConversationEnd(quiet: nil, now: start)
        end.sent(at: start)
        end.inputEnded(at: start + .seconds(1))
        #expect(end.deadline == start + .seconds(2))
        end.flushed(at: start + .seconds(3))
        #expect(end.deadline == start + .seconds(4))
    }

    @Test func `With an answer for each line it closes a moment later`() {
        var end = ConversationEnd(quiet: nil, now: start)
        end.sent(at: start)
        end.sent(at: start)
        end.inputEnded(at: start)
        end.received(at: start + .seconds(1))
        #expect(end.deadline == start + .seconds(2))
        end.received(at: start + .seconds(1))
        #expect(end.deadline == start + .milliseconds(1100))
    }

    @Test func `Without lines the messages that come are waited for`() {
        var end = ConversationEnd(quiet: nil, now: start)
        end.inputEnded(at: start)
        end.received(at: start + .milliseconds(500))
        #expect(end.deadline == start + .milliseconds(1500))
    }

    @Test func `A quiet time that was asked for counts whatever was answered`() {
        var end = ConversationEnd(quiet: .seconds(10), now: start)
        end.sent(at: start)
        end.inputEnded(at: start)
        end.received(at: start)
        #expect(end.deadline == start + .seconds(10))
    }

    @Test func `A pong tells the round trip of its own ping, once`() {
        var pings = PingBook()
        let first = pings.begin(at: start)
        let second = pings.begin(at: start + .seconds(1))
        #expect(pings.finish(second, at: start + .seconds(2)) == .seconds(1))
        #expect(pings.finish(first, at: start + .seconds(2)) == .seconds(2))
        #expect(pings.finish(first, at: start) == nil)
        #expect(pings.finish([], at: start) == nil)
    }
}
