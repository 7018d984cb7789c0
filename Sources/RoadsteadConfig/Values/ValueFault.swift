/// What is wrong with one value, in words that end the sentence "found X, expected Y: …".
struct ValueFault: Error, Equatable, ExpressibleByStringInterpolation {
    /// The words.
    let explanation: String

    init(stringLiteral value: String) {
        explanation = value
    }
}
