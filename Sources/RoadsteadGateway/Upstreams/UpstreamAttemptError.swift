import Glibc
import RoadsteadMachines

/// Why an attempt could not even begin.
struct UpstreamAttemptError: Error {
    let words: String
    /// What that says about the endpoint; nil if this machine has run out of something.
    let result: CheckResult?

    init(words: String, result: CheckResult?) {
        self.words = words
        self.result = result
    }

    /// What connect(2) said.
    init(_ error: Int32) {
        words = SystemError.words(error)
        result = SystemError.isOurs(error) ? nil : error == ECONNREFUSED ? .l4Refused : .l4Failed
    }
}
