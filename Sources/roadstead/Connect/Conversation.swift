import RoadsteadWire

/// A person or a script at one end, an open WebSocket at the other: lines become messages, messages become lines.
///
/// Messages go to standard output; all else that is worth knowing goes to standard error.
struct Conversation {
    /// How long the server has to answer a close, and then to close the connection (RFC 6455 section 7.1.1 leaves that to it).
    private static let closeTimeout = Duration.seconds(5)
    /// Reading more lines waits while so many bytes are on their way.
    private static let maximumOutgoing = 256 << 10
    private static let readSize = 64 << 10

    private enum Stage: Equatable {
        /// Messages go both ways. Can become: closing, closed.
        case open
        /// Our close was sent. Can become: closed.
        case closing
        /// Both have closed, and the server is to end the connection.
        case closed(isNormal: Bool)
    }

    private var client: WebSocketClient
    private var lines = LineSplitter()
    private var isInputOpen = true
    private var end: ConversationEnd
    private var pings = PingBook()
    private var stage = Stage.open
    /// When to stop waiting for the server's part of the closing handshake.
    private var closeDeadline: ContinuousClock.Instant?
    /// Whether a line could not be sent, which makes the whole a failure.
    private var hasRefusedLine = false
    private let showsRawText = !StandardStream.output.isTerminal

    /// A conversation over an open WebSocket. `quiet` is how long nothing must come, after the input's end, before it closes.
    init(_ client: WebSocketClient, quiet: Duration?) {
        self.client = client
        end = ConversationEnd(quiet: quiet, now: .now)
    }

    /// Goes on until the connection is over.
    ///
    /// - Returns: `ok` after a normal close, `failed` after any other end.
    mutating func run() -> ExitStatus {
        while true {
            flush()
            let received = client.receive()
            for event in received?.events ?? [] { take(event) }
            if let status = status(received?.end) { return status }
            passTime()
            // A server that never pauses must not keep the input from being read.
            if isInputReady(by: received == nil ? deadline : .now) { readInput() }
        }
    }

    private mutating func flush() {
        guard client.connection.outgoingCount > 0 else { return }
        client.connection.flush()
        if client.connection.outgoingCount == 0 { end.flushed(at: .now) }
    }

    /// When something must be done even if nothing comes.
    private var deadline: ContinuousClock.Instant? {
        if let closeDeadline { return closeDeadline }
        return stage == .open && client.connection.outgoingCount == 0 ? end.deadline : nil
    }

    /// Waits for either side, until `deadline`; true when standard input has something.
    private func isInputReady(by deadline: ContinuousClock.Instant?) -> Bool {
        let outgoingCount = client.connection.outgoingCount
        let takesInput = isInputOpen && stage == .open && outgoingCount < Self.maximumOutgoing
        let found = Poll.wait(
            for: [
                PollEntry(descriptor: client.connection.descriptor, wantsReading: true, wantsWriting: outgoingCount > 0),
                PollEntry(descriptor: takesInput ? StandardStream.input.rawValue : -1, wantsReading: true),
            ], until: deadline)
        return takesInput && found[1].isReadable
    }

    private mutating func readInput() {
        guard let bytes = StandardStream.input.read(limit: Self.readSize) else { return }
        for line in lines.feed(bytes) { send(line) }
        guard bytes.isEmpty else { return }
        if let line = lines.finish() { send(line) }
        isInputOpen = false
        end.inputEnded(at: .now)
    }

    private mutating func send(_ line: [UInt8]) {
        guard line != Array("/ping".utf8) else {
            client.send(.ping, pings.begin(at: .now))
            end.sent(at: .now)
            return
        }
        guard String(validating: line, as: UTF8.self) != nil else {
            say("a line that is not UTF-8 was not sent")
            hasRefusedLine = true
            return
        }
        client.send(.text, line)
        end.sent(at: .now)
    }

    private mutating func take(_ event: WebSocketEvent) {
        switch event {
        case .text(let text): show(showsRawText ? text : TerminalText.escaped(text))
        case .binary(let count): show("<binary \(count) bytes>")
        case .ping(let count): say("ping (\(count) bytes), answered")
        case .pong(let payload):
            guard let time = pings.finish(payload, at: .now) else { return say("pong that was not asked for") }
            say("pong after \(time.text)")
            end.received(at: .now)
        case .close(let frame): takeClose(frame)
        case .violation(let violation):
            say("the server broke the protocol: \(violation.reason)")
            client.sendClose(CloseFrame(code: violation.closeCode, reason: violation.reason))
            finish(isNormal: false)
        }
    }

    private mutating func takeClose(_ frame: CloseFrame) {
        let code = frame.code
        let words = [code.map { "\($0.rawValue)" } ?? "without a code", TerminalText.escaped(frame.reason)].filter { !$0.isEmpty }
        say("\(stage == .open ? "closed by the server" : "closed"): \(words.joined(separator: " "))")
        if stage == .open { client.sendClose(CloseFrame(code: code)) }
        finish(isNormal: code == nil || code == .normal)
    }

    private mutating func finish(isNormal: Bool) {
        stage = .closed(isNormal: isNormal)
        closeDeadline = .now + Self.closeTimeout
        client.connection.finish()
    }

    private mutating func passTime() {
        guard stage == .open, let deadline = end.deadline, deadline <= .now, client.connection.outgoingCount == 0 else { return }
        client.sendClose(CloseFrame(code: .normal))
        stage = .closing
        closeDeadline = .now + Self.closeTimeout
    }

    /// The exit status, once the connection is over or has been waited for long enough.
    private func status(_ ending: String?) -> ExitStatus? {
        let isLate = closeDeadline.map { $0 <= .now } ?? false
        switch stage {
        case .open, .closing:
            guard let reason = ending ?? (isLate ? "the server did not answer the close" : nil) else { return nil }
            say("lost: \(reason)")
            return .failed
        case .closed(let isNormal):
            return ending != nil || isLate ? (isNormal && !hasRefusedLine ? .ok : .failed) : nil
        }
    }

    private mutating func show(_ text: String) {
        StandardStream.output.write(text + "\n")
        end.received(at: .now)
    }

    private func say(_ text: String) {
        StandardStream.error.write(text + "\n")
    }
}
