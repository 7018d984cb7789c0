/// The descriptors of a loop and their handlers, found by index. A closed entry keeps its handler until `vacate`.
struct HandlerTable {
    /// One registered descriptor, or a free place.
    struct Entry {
        var handler: (any EventHandler)?
        var descriptor: Int32
        var generation: UInt32
        var interest: Epoll.Interest
        var isPaused: Bool
        /// Zero, or the mark of the iteration that is to call it though nothing happened, see `EventLoop.again`.
        var againMark: UInt8
    }

    /// Entries in use, closing ones included.
    private(set) var count = 0
    private var entries: [Entry] = []
    private var free: [UInt32] = []

    /// Enters a descriptor.
    mutating func insert(_ descriptor: Int32, handler: any EventHandler, interest: Epoll.Interest) -> Registration {
        count += 1
        guard let slot = free.popLast() else {
            let entry = Entry(
                handler: handler, descriptor: descriptor, generation: 0, interest: interest, isPaused: false, againMark: 0)
            entries.append(entry)
            return Registration(slot: UInt32(entries.count - 1), generation: 0)
        }
        let generation = entries[Int(slot)].generation
        entries[Int(slot)] = Entry(
            handler: handler, descriptor: descriptor, generation: generation, interest: interest, isPaused: false, againMark: 0)
        return Registration(slot: slot, generation: generation)
    }

    /// The entry's index; nil for a closed registration.
    func index(of registration: Registration) -> Int? {
        let index = Int(registration.slot)
        guard index < entries.count, entries[index].generation == registration.generation, entries[index].handler != nil else { return nil }
        return index
    }

    subscript(index: Int) -> Entry {
        _read { yield entries[index] }
        _modify { yield &entries[index] }
    }

    /// Makes every name of the entry stale. Its place is not used again before `vacate`.
    mutating func expire(_ index: Int) {
        entries[index].generation &+= 1
        entries[index].againMark = 0
    }

    /// Frees an expired entry's place and gives back what it held.
    mutating func vacate(_ index: Int) -> (descriptor: Int32, handler: (any EventHandler)?) {
        let handler = entries[index].handler.take()
        free.append(UInt32(index))
        count -= 1
        return (entries[index].descriptor, handler)
    }

    /// Everything registered, closing entries not counted as such: call it when none is closing.
    var registrations: [Registration] {
        entries.indices.compactMap { index in
            entries[index].handler == nil ? nil : Registration(slot: UInt32(index), generation: entries[index].generation)
        }
    }
}
