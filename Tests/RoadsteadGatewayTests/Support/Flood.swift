import Foundation

/// Sends numbered messages from a thread of its own, as fast as the peer takes them.
// SAFETY: see the first line inside.
final class Flood: @unchecked Sendable {
    // `sent`, `failure` and `isOver` are touched only under `condition`; the peer is sent to by the thread only.
    private let peer: Handover<WebSocketPeer>
    private let sizes: [Int]
    private let condition = NSCondition()
    private var sent = 0
    private var failure: (any Error)?
    private var isOver = false

    /// Nothing is read from the peer meanwhile, so that another thread may.
    init(_ peer: WebSocketPeer, sizes: [Int]) {
        peer.stream.readsWhileWriting = false
        self.peer = Handover(peer)
        self.sizes = sizes
    }

    /// The same with messages of one size.
    convenience init(_ peer: WebSocketPeer, messages: Int, size: Int) {
        self.init(peer, sizes: [Int](repeating: size, count: messages))
    }

    /// The message of a number: the number, then bytes that depend on it.
    static func message(_ number: Int, size: Int) -> [UInt8] {
        let head = (0..<8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
        return head + [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: size - 8)
    }

    func start() {
        Thread { [self] in
            var found: (any Error)?
            do {
                for (number, size) in sizes.enumerated() {
                    try peer.value.send(Self.message(number, size: size))
                    change { sent += 1 }
                }
            } catch {
                found = error
            }
            change {
                failure = found
                isOver = true
            }
        }.start()
    }

    private func change(_ body: () -> Void) {
        condition.lock()
        body()
        condition.broadcast()
        condition.unlock()
    }

    /// Messages that were handed to the kernel so far.
    var sentMessages: Int {
        condition.lock()
        defer { condition.unlock() }
        return sent
    }

    /// Waits for the last message to be sent.
    func finish() throws {
        let deadline = Date(timeIntervalSinceNow: 15)
        condition.lock()
        defer { condition.unlock() }
        while !isOver {
            guard condition.wait(until: deadline) else { throw TestFailure("only \(sent) of \(sizes.count) messages could be sent") }
        }
        if let failure { throw failure }
    }
}
