/// A value that belongs to a loop's thread, held where reading and writing it costs no exclusivity check.
///
/// The checks on a class's stored properties are two thirds of what an event costs here outside the kernel. They are given up for this one
/// value, on these terms: only the loop's thread touches it, and no access to it calls code that could begin another one. So its
/// methods call no handlers and release none; they return what is to be called or released.
@safe
struct LoopConfined<Value: ~Copyable>: ~Copyable {
    private let memory: UnsafeMutablePointer<Value>

    init(_ value: consuming Value) {
        // SAFETY: initialised here, deinitialised and freed once, in deinit.
        unsafe memory = UnsafeMutablePointer<Value>.allocate(capacity: 1)
        unsafe memory.initialize(to: value)
    }

    deinit {
        // SAFETY: see init; no access outlives the owner.
        unsafe memory.deinitialize(count: 1)
        unsafe memory.deallocate()
    }

    /// The value, in place.
    var value: Value {
        // SAFETY: the memory is initialised as long as self lives; accesses do not overlap, by the terms above.
        _read { yield unsafe memory.pointee }
        nonmutating _modify { yield unsafe &memory.pointee }
    }
}
