/// What is wrong with a URL, in words that end the sentence "URL is not usable: …".
struct URLFault: Error, Equatable, ExpressibleByStringLiteral {
    /// The words.
    let explanation: String

    init(stringLiteral value: String) { explanation = value }
}
