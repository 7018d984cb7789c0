import Glibc
import RoadsteadLoop
import Testing

/// The small things of the system: random numbers, buffers, signals, limits and errors.
struct SystemTests {
    @Test(arguments: [1, 16, 255, 256, 257, 100_000])
    func `Random bytes fill the whole span`(count: Int) {
        let buffer = IOBuffer(capacity: count)
        // A byte that stays 0 through twenty fills was not filled: chance makes that less likely than 256 to the power of -19.
        var untouched = Set(0..<count)
        for _ in 0..<20 {
            var span = buffer.mutableBytes
            SecureRandom.fill(&span)
            let bytes = buffer.bytes
            untouched = untouched.filter { bytes.byte(at: $0) == 0 }
        }
        #expect(untouched.isEmpty)
    }

    @Test func `A buffer starts as zeros and keeps what is written into it`() {
        let buffer = IOBuffer(capacity: 4096)
        #expect(buffer.capacity == 4096)
        #expect(buffer.bytes.byteCount == 4096)
        #expect((0..<4096).allSatisfy { buffer.bytes.byte(at: $0) == 0 })
        var span = buffer.mutableBytes
        span.storeBytes(of: 0xAB, toByteOffset: 4095, as: UInt8.self)
        #expect(buffer.bytes.byte(at: 4095) == 0xAB)
    }

    @Test func `A blocked signal is taken by the one who waits for it, and a broken pipe is ignored`() async {
        await #expect(processExitsWith: .exitCode(7)) {
            Signals.block([SIGUSR1, SIGTERM])
            Signals.ignoreBrokenPipe()
            raise(SIGPIPE)
            raise(SIGTERM)
            guard Signals.wait([SIGUSR1, SIGTERM]) == SIGTERM else { exit(1) }
            raise(SIGUSR1)
            exit(Signals.wait([SIGUSR1, SIGTERM]) == SIGUSR1 ? 7 : 2)
        }
    }

    @Test func `Raising the descriptor limit is idempotent`() async {
        await #expect(processExitsWith: .success) {
            let limit = DescriptorLimit.raise()
            precondition(limit > 0 && DescriptorLimit.raise() == limit)
        }
    }

    @Test(arguments: [(0, 0), (7, 7), (8, 7), (64, 56), (1024, 896), (4096, 3584), (1_048_576, 1_048_064), (.max, Int(Int32.max))])
    func `One descriptor in eight is kept back, and 512 at most`(limit: Int, first: Int) {
        let reserve = DescriptorReserve(of: limit)
        #expect(reserve.holds(Int32(first)) && !reserve.holds(Int32(first) - 1))
        #expect(!DescriptorReserve.none.holds(Int32(clamping: first - 1)))
    }

    private static func isOpen(_ descriptor: Int32) -> Bool { dup2(descriptor, descriptor) == descriptor }

    @Test func `A descriptor leaves the reserve when a lower one is free`() async {
        await #expect(processExitsWith: .success) {
            // Those that the runtime has left free are taken first.
            let low = dup(1)
            while dup(1) < 40 { continue }
            let high = dup(1)
            let reserve = DescriptorReserve(of: 40)
            precondition(reserve.holds(high) && reserve.release(high) == nil && Self.isOpen(high))
            close(low)
            precondition(reserve.release(high) == low && Self.isOpen(low) && !Self.isOpen(high))
        }
    }

    @Test(arguments: [
        (
            LoopError.system(operation: "listen on", subject: "127.0.0.1:80", code: EADDRINUSE),
            "cannot listen on 127.0.0.1:80: Address already in use (another process uses it: stop that, or choose another)"
        ),
        (.system(operation: "watch", subject: "descriptor 7", code: EBADF), "cannot watch descriptor 7: Bad file descriptor"),
        (
            .unresolvable(host: "a.example", reason: "Name or service not known"),
            "cannot resolve a.example: Name or service not known (check the name and the machine's resolver)"
        ),
        (.loopEnded(name: "loop 1"), "event loop loop 1 has been stopped (no descriptor can be registered with it)"),
    ])
    func `An error says what failed, where, and what to do`(error: LoopError, message: String) {
        #expect(error.description == message)
    }
}

extension RawSpan {
    /// One byte, for expectations.
    fileprivate func byte(at offset: Int) -> UInt8 {
        // SAFETY: bounds-checked; any byte is a UInt8.
        unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }
}
