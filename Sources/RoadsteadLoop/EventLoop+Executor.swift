extension EventLoop: SerialExecutor {
    /// Takes a job of an actor that lives on this loop. Any thread.
    public func enqueue(_ job: consuming ExecutorJob) {
        post(.job(UnownedJob(job)))
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
