extension EventLoop {
    /// Arms a timer; it fires in the first iteration after `deadline`, within `TimerWheel.resolution` when the loop is not busy.
    public func arm(at deadline: ContinuousClock.Instant, handler: any TimerHandler) -> TimerID {
        assertCurrent()
        guard !state.value.isEnded else { return .none }
        return state.value.wheel.arm(at: origin.duration(to: deadline), payload: handler)
    }

    /// Disarms a timer; does nothing if it has fired or was cancelled.
    public func cancel(_ timer: TimerID) {
        assertCurrent()
        // The handler leaves the wheel before it is released: its deinit may use the wheel.
        let handler = state.value.wheel.cancel(timer)
        _ = consume handler
    }
}
