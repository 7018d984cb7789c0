import Glibc
import RoadsteadWire

/// Bytes in order: appended at the end, taken from the front. It owns its memory, and holds none when it has no capacity.
@safe
struct ByteQueue: ~Copyable {
    private var base: UnsafeMutableRawPointer?
    private var head = 0
    private(set) var capacity = 0
    /// Bytes waiting.
    private(set) var count = 0

    init() {}

    /// Room for `capacity` bytes, taken at once.
    init(capacity: Int) {
        // SAFETY: freed in deinit, or moved by `reserve`; nobody else sees it.
        unsafe base = malloc(capacity)
        self.capacity = capacity
    }

    deinit {
        // SAFETY: ours, from malloc or realloc; free(nil) is allowed.
        unsafe free(base)
    }

    var isEmpty: Bool { count == 0 }

    /// What waits, in order.
    var bytes: RawSpan {
        @_lifetime(borrow self)
        borrowing get {
            // SAFETY: head + count never passes the capacity; the span cannot outlive this borrow.
            let all = unsafe UnsafeRawBufferPointer(start: base.map { unsafe UnsafeRawPointer($0 + head) }, count: count)
            return unsafe _overrideLifetime(RawSpan(_unsafeBytes: all), borrowing: self)
        }
    }

    /// What waits, to be changed in place.
    var mutableBytes: MutableRawSpan {
        @_lifetime(&self)
        mutating get {
            // SAFETY: as `bytes`; the exclusive borrow keeps everybody else out.
            let all = unsafe UnsafeMutableRawBufferPointer(start: base.map { unsafe $0 + head }, count: count)
            return unsafe _overrideLifetime(MutableRawSpan(_unsafeBytes: all), mutating: &self)
        }
    }

    /// Takes `count` bytes from the front.
    mutating func removeFirst(_ count: Int) {
        precondition(count <= self.count, "A queue gives no more than it has.")
        self.count -= count
        head = self.count == 0 ? 0 : head + count
    }

    /// Takes these ranges out, which are in order and do not overlap; what stands before one of them moves back. The bytes behind the
    /// last one stay where they are.
    mutating func remove(_ ranges: [Range<Int>]) {
        guard let first = ranges.first, let last = ranges.last else { return }
        precondition(first.lowerBound >= 0 && last.upperBound <= count, "A queue gives no more than it has.")
        var removed = 0
        for index in ranges.indices.reversed() {
            let start = index > 0 ? ranges[index - 1].upperBound : 0
            let length = ranges[index].lowerBound - start
            precondition(length >= 0, "Ranges to be taken out are in order.")
            removed += ranges[index].count
            // SAFETY: both lie within the `count` bytes behind the head, by the checks above; where there are bytes there is memory.
            unsafe memmove(base! + head + start + removed, base! + head + start, length)
        }
        removeFirst(removed)
    }

    /// Keeps the first `count` bytes.
    mutating func removeAll(behind count: Int) {
        precondition(count <= self.count, "A queue keeps no more than it has.")
        self.count = count
        if count == 0 { head = 0 }
    }

    /// Empties it and keeps the memory.
    mutating func removeAll() {
        count = 0
        head = 0
    }

    /// Copies bytes to the end.
    mutating func append(_ bytes: RawSpan) {
        let added = bytes.byteCount
        guard added > 0 else { return }
        reserve(added)
        // SAFETY: `reserve` made room for `added` bytes after the last; source and target never overlap.
        unsafe bytes.withUnsafeBytes { source in
            _ = unsafe memcpy(base! + head + count, source.baseAddress!, added)
        }
        count += added
    }

    /// Appends one WebSocket frame: the header, then the payload, masked if the header has a key.
    mutating func append(_ header: FrameHeader, payload: RawSpan) {
        let start = count
        reserve(14 + payload.byteCount)
        count += 14
        var target = mutableBytes
        let length = header.encode(into: &target, at: start)
        count = start + length
        append(payload)
        guard let key = header.maskingKey, !payload.isEmpty else { return }
        var written = mutableBytes
        Masking.apply(key: key, phase: 0, to: &written, in: (start + length)..<(start + length + payload.byteCount))
    }

    /// Copies an array's bytes to the end.
    mutating func append(_ bytes: [UInt8]) {
        // SAFETY: the bytes of a UInt8 array, read only.
        append(unsafe bytes.span.bytes)
    }

    /// Appends one frame whose payload is an array.
    mutating func append(_ header: FrameHeader, payload: [UInt8]) {
        // SAFETY: as above.
        append(header, payload: unsafe payload.span.bytes)
    }

    private mutating func reserve(_ room: Int) {
        guard head + count + room > capacity else { return }
        // SAFETY: both ranges lie within the old capacity, or within the new one once realloc has moved them.
        if head > 0 {
            unsafe memmove(base!, base! + head, count)
            head = 0
        }
        guard count + room > capacity else { return }
        let wanted = max(count + room, capacity * 2, 256)
        guard let larger = unsafe realloc(base, wanted) else { fatalError("out of memory for \(wanted) queued bytes") }
        unsafe base = larger
        capacity = wanted
    }
}
