import RoadsteadLoop

extension EventLoop {
    /// Runs `body` on the loop and returns what it gives.
    func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            execute { continuation.resume(with: Result { try body() }) }
        }
    }

    /// Returns after at least two further iterations: whatever was to happen in the next one has happened.
    func settle() async throws {
        for _ in 0..<3 { try await run {} }
    }

    /// A started loop for the length of `body`.
    static func forTest(_ name: String = #function, _ body: (EventLoop) async throws -> Void) async throws {
        let loop = try EventLoop(name: name)
        loop.start()
        defer {
            loop.stop()
            loop.join()
        }
        try await body(loop)
    }
}

/// A handler made of a closure. Lives on its loop.
final class ClosureHandler: EventHandler {
    var onReady: (Readiness) -> Void = { _ in }
    /// Set by `register`.
    var registration: Registration?
    private let onDeinit: (@Sendable () -> Void)?

    init(onDeinit: (@Sendable () -> Void)? = nil) {
        self.onDeinit = onDeinit
    }

    deinit {
        onDeinit?()
    }

    func ready(_ readiness: Readiness) {
        onReady(readiness)
    }

    /// Registers a handler whose closure gets the loop, its own registration and the readiness.
    @discardableResult
    static func register(
        _ descriptor: Int32, on loop: EventLoop, onDeinit: (@Sendable () -> Void)? = nil,
        _ body: @escaping @Sendable (EventLoop, Registration, Readiness) -> Void
    ) throws -> Registration {
        let handler = ClosureHandler(onDeinit: onDeinit)
        let registration = try loop.register(descriptor, handler: handler)
        handler.onReady = { [unowned loop] readiness in body(loop, registration, readiness) }
        return registration
    }
}

/// A timer handler made of a closure. Lives on its loop.
final class ClosureTimer: TimerHandler {
    private let onFire: (TimerID) -> Void

    init(_ onFire: @escaping (TimerID) -> Void) {
        self.onFire = onFire
    }

    func timerFired(_ timer: TimerID) {
        onFire(timer)
    }
}
