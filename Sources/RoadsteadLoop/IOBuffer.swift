import Glibc

/// Bytes of a fixed number, shared by all connections of a loop. Confined to one thread at a time, as it is not Sendable.
///
/// A span borrows the buffer, so a buffer held in another object is bound to a local constant first: `let buffer = self.buffer`.
/// It starts as zeros; memory is taken page by page as it is first written.
@safe
public final class IOBuffer {
    /// How many bytes there are.
    public let capacity: Int
    private let memory: UnsafeMutableRawPointer

    /// A buffer of `capacity` bytes, at least one.
    public init(capacity: Int) {
        precondition(capacity > 0, "a buffer holds at least one byte")
        // SAFETY: freed once, in deinit; calloc's memory is initialised.
        guard let memory = unsafe calloc(capacity, 1) else { preconditionFailure("out of memory for a buffer of \(capacity) bytes") }
        self.capacity = capacity
        unsafe self.memory = memory
    }

    deinit {
        // SAFETY: allocated in init; spans borrow self, so none is left.
        unsafe free(memory)
    }

    /// All of it, to read.
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            // SAFETY: `memory` has `capacity` initialised bytes and lives as long as self, which the span borrows.
            let span = unsafe RawSpan(_unsafeStart: memory, byteCount: capacity)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// All of it, to write. Take one at a time: exclusivity among spans of one buffer is not checked.
    public var mutableBytes: MutableRawSpan {
        @_lifetime(borrow self)
        get {
            // SAFETY: `memory` has `capacity` initialised bytes and lives as long as self, which the span borrows.
            let span = unsafe MutableRawSpan(_unsafeStart: memory, byteCount: capacity)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }
}
