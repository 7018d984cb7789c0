import Foundation

/// A task executor with one thread of its own. Tests run on one, so that they may block without taking threads from the gateway's
/// own tasks, which the shared pool runs.
// SAFETY: see the first line inside.
final class ThreadExecutor: TaskExecutor, @unchecked Sendable {
    // `jobs` and `isEnded` are touched only under `condition`.
    private let condition = NSCondition()
    private var jobs: [UnownedJob] = []
    private var isEnded = false

    init() {
        Thread { [self] in
            while let job = next() {
                // SAFETY: the job was enqueued once and is run once, on this executor.
                unsafe job.runSynchronously(on: asUnownedTaskExecutor())
            }
        }.start()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        condition.lock()
        jobs.append(job)
        condition.signal()
        condition.unlock()
    }

    /// Ends the thread, once nothing is enqueued.
    func end() {
        condition.lock()
        isEnded = true
        condition.signal()
        condition.unlock()
    }

    private func next() -> UnownedJob? {
        condition.lock()
        defer { condition.unlock() }
        while jobs.isEmpty {
            guard !isEnded else { return nil }
            condition.wait()
        }
        return jobs.removeFirst()
    }
}
