/// Ends a test that met something it cannot go on from.
struct Unexpected: Error {
    let words: String

    init(_ words: String) {
        self.words = words
    }
}
