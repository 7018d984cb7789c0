/// Zeroed 64-bit words that grow at the end and are read and written in place, each access checked against their number.
///
/// An array in a class would do the same: but each write would ask at run time whether another access to it is under way and whether
/// the array is shared, which makes of a counter's addition of 2 ns one of 18. Here the class holds a constant, so that there is
/// nothing to ask. Confined to one loop like the `MetricCells` around it, which alone uses it.
@safe
struct WordStore: ~Copyable {
    /// Where the words are: behind a pointer of its own, so that growing changes nothing in the value that points here.
    // SAFETY: the memory is the store's, which alone makes, reads and frees it.
    @unsafe private struct Header {
        var words: UnsafeMutablePointer<UInt64>
        var count: Int
        var capacity: Int
    }

    private let header: UnsafeMutablePointer<Header>

    /// No words, and room for `capacity` of them.
    init(capacity: Int = 512) {
        precondition(capacity > 0, "A store needs room for a word.")
        // SAFETY: both are freed in deinit, which runs once because the type can't be copied, and initialized before use.
        unsafe header = .allocate(capacity: 1)
        let words = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity)
        unsafe words.initialize(repeating: 0, count: capacity)
        unsafe header.initialize(to: Header(words: words, count: 0, capacity: capacity))
    }

    deinit {
        // SAFETY: allocated in init, or for the words in append, and nobody has them but this value, which ends here.
        unsafe header.pointee.words.deallocate()
        unsafe header.deallocate()
    }

    /// How many words there are.
    var count: Int {
        // SAFETY: the header lives as long as this value.
        unsafe header.pointee.count
    }

    /// All words, copied.
    var all: [UInt64] {
        // SAFETY: the first `count` words are initialized, and the array copies them before this returns.
        unsafe Array(UnsafeBufferPointer(start: header.pointee.words, count: header.pointee.count))
    }

    /// Adds `more` words that are 0 and returns the index of the first.
    func append(_ more: Int) -> Int {
        precondition(more >= 0, "A store does not shrink.")
        let first = count
        reserve(first + more)
        // SAFETY: the header lives as long as this value, and there is room now for that many words, all 0 beyond `first`.
        unsafe header.pointee.count = first + more
        return first
    }

    /// One word. An index past the end is a mistake of this module and stops the program.
    subscript(_ index: Int) -> UInt64 {
        @inline(__always) get {
            // SAFETY: the header lives as long as this value, and the index is checked against the words that it counts.
            precondition(unsafe index >= 0 && index < header.pointee.count, "There is no such word.")
            return unsafe header.pointee.words[index]
        }
        @inline(__always) nonmutating set {
            // SAFETY: as above; one loop writes, so that no other access is under way.
            precondition(unsafe index >= 0 && index < header.pointee.count, "There is no such word.")
            unsafe header.pointee.words[index] = newValue
        }
    }

    /// Makes room for `needed` words, at least doubling, so that appending stays cheap however often it is done.
    private func reserve(_ needed: Int) {
        // SAFETY: the header lives as long as this value; all its `capacity` words are initialized; the new memory has room for them,
        // takes their place only when it holds them, and no pointer to the old ones is kept anywhere else.
        let capacity = unsafe header.pointee.capacity
        guard needed > capacity else { return }
        let larger = max(needed, capacity * 2)
        let memory = UnsafeMutablePointer<UInt64>.allocate(capacity: larger)
        unsafe memory.initialize(repeating: 0, count: larger)
        unsafe memory.update(from: header.pointee.words, count: capacity)
        unsafe header.pointee.words.deallocate()
        unsafe header.pointee.words = memory
        unsafe header.pointee.capacity = larger
    }
}
