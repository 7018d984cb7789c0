import Glibc

/// poll(2): enough for a client with two descriptors.
enum Poll {
    /// Waits until one of the descriptors is ready, or until `deadline`; nil waits for ever.
    ///
    /// - Returns: the entries with what was found; nothing found in any means that the time is over.
    static func wait(for entries: [PollEntry], until deadline: ContinuousClock.Instant?) -> [PollEntry] {
        var requests = entries.map { entry in
            pollfd(
                fd: entry.descriptor, events: Int16((entry.wantsReading ? POLLIN : 0) | (entry.wantsWriting ? POLLOUT : 0)), revents: 0)
        }
        // SAFETY: poll writes within the array that it is given with its count.
        while unsafe poll(&requests, nfds_t(requests.count), milliseconds(until: deadline)) < 0 && errno == EINTR {}
        return zip(entries, requests).map { entry, request in
            var found = entry
            let events = Int32(request.revents)
            let isOver = events & (POLLERR | POLLHUP | POLLNVAL) != 0
            found.isReadable = events & POLLIN != 0 || isOver
            found.isWritable = events & POLLOUT != 0 || isOver
            return found
        }
    }

    /// Rounded up, so that a deadline has passed when poll returns for it.
    private static func milliseconds(until deadline: ContinuousClock.Instant?) -> Int32 {
        guard let deadline else { return -1 }
        let (seconds, attoseconds) = max(.zero, deadline - .now).components
        let rest = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return Int32(clamping: seconds.multipliedReportingOverflow(by: 1000).partialValue + rest)
    }
}
