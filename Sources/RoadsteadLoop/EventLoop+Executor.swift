extension EventLoop: SerialExecutor {
    /// Takes a job of an actor that lives on this loop. Any thread.
    public func enqueue(_ job: consuming ExecutorJob) {
        post(.job(UnownedJob(job)))
    }

    /// For an actor that lives on this loop: its `unownedExecutor`. The actor must keep the loop.
    @safe
    public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        // SAFETY: this only names the type; the reference it makes is as long-lived as its holder keeps the loop.
        unsafe UnownedSerialExecutor(ordinary: self)
    }

    /// Lets `assumeIsolated` and `preconditionIsolated` succeed for code that the loop called and no task.
    public func checkIsolated() {
        assertCurrent()
    }

    /// Whether the caller runs on the loop.
    public func isIsolatingCurrentContext() -> Bool? {
        isCurrent
    }

    func run(_ job: UnownedJob) {
        // SAFETY: the job was enqueued once and is run once, on this executor.
        unsafe job.runSynchronously(on: asUnownedSerialExecutor())
    }
}
