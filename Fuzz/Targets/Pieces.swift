/// How a fuzzer's bytes are cut: the first one says how long the pieces are, the rest is what a peer sends.
struct Pieces {
    let content: [UInt8]
    /// Each is followed by the next, to the end.
    let ranges: [Range<Int>]

    init(_ bytes: [UInt8]) {
        let length = 1 + Int(bytes.first ?? 0) % 67
        content = Array(bytes.dropFirst())
        let count = content.count
        ranges = count == 0 ? [0..<0] : stride(from: 0, to: count, by: length).map { $0..<min(count, $0 + length) }
    }

    /// All of it at once.
    var whole: [Range<Int>] { [0..<content.count] }
}
