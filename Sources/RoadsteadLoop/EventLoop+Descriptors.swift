extension EventLoop {
    /// Registers a descriptor EDGE-TRIGGERED for everything, with one epoll_ctl in the descriptor's life: the handler reads until a short
    /// read and writes until a short write, or calls `again`. The loop owns the descriptor from here on, unless this throws.
    public func register(_ descriptor: Int32, handler: any EventHandler) throws(LoopError) -> Registration {
        try register(descriptor, handler: handler, interest: .changes)
    }

    /// Registers a listener: readability is reported in every iteration as long as it lasts. The loop owns the descriptor from here on,
    /// unless this throws.
    public func registerLevelTriggered(_ descriptor: Int32, handler: any EventHandler) throws(LoopError) -> Registration {
        try register(descriptor, handler: handler, interest: .readableLevel)
    }

    private func register(
        _ descriptor: Int32, handler: any EventHandler, interest: Epoll.Interest
    ) throws(LoopError) -> Registration {
        assertCurrent()
        guard !state.value.isEnded else { throw LoopError.loopEnded(name: name) }
        let registration = state.value.table.insert(descriptor, handler: handler, interest: interest)
        let code = epoll.add(descriptor, interest: interest, data: registration.packed)
        guard code == 0 else {
            state.value.table.expire(Int(registration.slot))
            _ = state.value.table.vacate(Int(registration.slot))
            throw LoopError.system(operation: "watch", subject: "descriptor \(descriptor)", code: code)
        }
        return registration
    }

    /// Stops reporting events of a listener until `resume`: when descriptors have run out, say.
    public func pause(_ registration: Registration) {
        assertCurrent()
        guard let index = state.value.table.index(of: registration), !state.value.table[index].isPaused else { return }
        state.value.table[index].isPaused = true
        epoll.set(state.value.table[index].descriptor, interest: .nothing, data: registration.packed)
    }

    /// Reports events again after `pause`. What is ready by then is reported in the next iteration.
    public func resume(_ registration: Registration) {
        assertCurrent()
        guard let index = state.value.table.index(of: registration), state.value.table[index].isPaused else { return }
        state.value.table[index].isPaused = false
        let entry = state.value.table[index]
        epoll.set(entry.descriptor, interest: entry.interest, data: registration.packed)
    }

    /// Calls `ready(.readable)` in the next iteration, which then does not wait: for handlers that stopped reading before there was
    /// nothing left. Idempotent within an iteration, and merged with an event that arrives by then.
    public func again(_ registration: Registration) {
        assertCurrent()
        state.value.again(registration)
    }

    /// Drops the registration: no event reaches its handler from here on. At the end of the iteration the descriptor is closed and the
    /// handler released.
    public func close(_ registration: Registration) {
        assertCurrent()
        state.value.close(registration)
    }
}
