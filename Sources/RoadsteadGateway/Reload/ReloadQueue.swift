/// Lets one reload run at a time. Whoever asks while one is running gets the next, and shares it with all who ask until it begins: what
/// each of them gets was read after it asked, and however many ask, no more than two reloads are ahead of them.
actor ReloadQueue {
    private var running: Task<ReloadOutcome, Never>?
    private var waiting: Task<ReloadOutcome, Never>?

    /// What came of the first reload that begins from now on.
    func run(_ reload: @escaping @Sendable () async -> ReloadOutcome) async -> ReloadOutcome {
        if let waiting { return await waiting.value }
        guard let before = running else {
            let task = Task {
                let outcome = await reload()
                running = nil
                return outcome
            }
            running = task
            return await task.value
        }
        let task = Task {
            _ = await before.value
            (running, waiting) = (waiting, nil)
            let outcome = await reload()
            running = nil
            return outcome
        }
        waiting = task
        return await task.value
    }
}
