extension EventLoop {
    /// The body of the loop's thread.
    func run() {
        owner.store(LoopThread.current, ordering: .relaxed)
        let time = elapsed
        state.value.startTime = time
        state.value.doneTime = time
        while !state.value.isStopping { iterate() }
        end()
    }

    private var elapsed: Duration { origin.duration(to: ContinuousClock.now) }

    private func iterate() {
        let events = epoll.wait(milliseconds: state.value.timeout)
        state.value.wokeUp(at: elapsed)
        for index in 0..<events {
            let event = epoll.event(at: index)
            deliver(event.data, Readiness(events: event.events))
        }
        if !state.value.againNow.isEmpty { deliverAgain() }
        if state.value.hasMail { runMail() }
        // After a standstill (a stopped process, a virtual machine that moved) everything is due at once, and what peers have sent meanwhile is
        // to be taken before their time is said to be up.
        if state.value.hasDueTimers, !state.value.isCatchingUp(isFull: events == Epoll.capacity) { fireTimers() }
        if let finisher = state.value.finisher {
            let isUnfinished = finisher()
            state.value.isUnfinished = isUnfinished
        }
        if !state.value.closing.isEmpty { releaseClosed() }
        let spent = state.value.finished(at: elapsed)
        if let observer = state.value.observer { observer(spent) }
    }

    private func deliver(_ data: UInt64, _ readiness: Readiness) {
        guard data != Self.mailboxData else {
            state.value.hasMail = true
            return
        }
        var readiness = readiness
        state.value.handler(of: Registration(packed: data), readiness: &readiness)?.ready(readiness)
    }

    private func deliverAgain() {
        for position in 0..<state.value.againNow.count {
            state.value.handlerToCallAgain(at: position)?.ready(.readable)
        }
        state.value.againNow.removeAll(keepingCapacity: true)
    }

    private func runMail() {
        state.value.hasMail = false
        // Taken out of the state: releasing what a task captured may come back to the loop.
        var batch: [Mailbox.Item] = []
        swap(&batch, &state.value.batch)
        mailbox.collect(into: &batch)
        for item in batch {
            switch item {
            case .task(let task): task()
            case .job(let job): run(job)
            }
        }
        batch.removeAll(keepingCapacity: true)
        swap(&batch, &state.value.batch)
    }

    private func fireTimers() {
        state.value.wheel.advance(to: state.value.wakeTime)
        while let (timer, handler) = state.value.wheel.popExpired() { handler.timerFired(timer) }
    }

    /// Until there are no more: a handler's deinit may close others.
    private func releaseClosed() {
        while let (descriptor, handler) = state.value.popClosed() {
            Socket.close(descriptor)
            _ = consume handler
        }
    }

    /// Lets go of everything, until nothing is posted any more.
    private func end() {
        state.value.isEnded = true
        while true {
            runMail()
            releaseClosed()
            for registration in state.value.table.registrations { close(registration) }
            releaseClosed()
            let handlers = state.value.wheel.removeAll()
            _ = consume handlers
            wakeUpFinisher = nil
            wakeUpObserver = nil
            owner.store(0, ordering: .relaxed)
            if mailbox.finish() { return }
            owner.store(LoopThread.current, ordering: .relaxed)
        }
    }

    // MARK: Mail

    /// Puts something into the mailbox and sees to it that it is run. Any thread.
    func post(_ item: Mailbox.Item) {
        switch mailbox.post(item) {
        case .none: break
        case .wake: if isCurrent { state.value.hasMail = true } else { mailbox.wake() }
        case .run: runAfterEnd()
        }
    }

    /// On the thread that posted something after the end, which acts as the loop meanwhile.
    private func runAfterEnd() {
        owner.store(LoopThread.current, ordering: .relaxed)
        end()
    }
}
