/// Why an attempt could not even begin.
struct UpstreamAttemptError: Error {
    let words: String
}
