@testable import RoadsteadWire

/// What became of a head that was fed in pieces: the head and where it ended, or the error and the piece that raised it.
enum HeadOutcome<Head: Sendable & Equatable>: Equatable {
    case incomplete
    case complete(Head, end: Int)
    case failed(HTTPHeadError, piece: Int)
}

enum HeadProbe {
    static func request(_ bytes: [UInt8], in pieces: [Range<Int>], maximumBytes: Int = 16384) -> HeadOutcome<RequestHead> {
        var parser = RequestHeadParser(maximumBytes: maximumBytes)
        return run(bytes, pieces) { parser.feed($0) }
    }

    static func response(_ bytes: [UInt8], in pieces: [Range<Int>], maximumBytes: Int = 16384) -> HeadOutcome<ResponseHead> {
        var parser = ResponseHeadParser(maximumBytes: maximumBytes)
        return run(bytes, pieces) { parser.feed($0) }
    }

    private static func run<Head>(
        _ bytes: [UInt8], _ pieces: [Range<Int>], feed: (RawSpan) -> HeadProgress<Head>
    ) -> HeadOutcome<Head> {
        for (index, piece) in pieces.enumerated() {
            switch feed(Array(bytes[piece]).span.rawBytes) {
            case .incomplete: continue
            case .complete(let head, let consumed): return .complete(head, end: piece.lowerBound + consumed)
            case .failed(let error): return .failed(error, piece: index)
            }
        }
        return .incomplete
    }

    /// The head of `text`, which must be right.
    static func head(_ text: String) -> RequestHead? {
        let bytes = Array(text.utf8)
        guard case .complete(let head, _) = request(bytes, in: [0..<bytes.count]) else { return nil }
        return head
    }
}
