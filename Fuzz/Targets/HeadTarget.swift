import RoadsteadWire

/// A head means the same in whatever pieces it comes.
enum HeadTarget {
    private enum Outcome<Head: Equatable>: Equatable {
        case incomplete
        case complete(Head, end: Int)
        case failed(HTTPHeadError)
    }

    private static let limit = 1024

    static func request(_ bytes: [UInt8]) {
        let pieces = Pieces(bytes)
        let whole = outcome(pieces.content, pieces.whole, RequestHeadParser(maximumBytes: limit)) { $0.feed($1) }
        let cut = outcome(pieces.content, pieces.ranges, RequestHeadParser(maximumBytes: limit)) { $0.feed($1) }
        precondition(whole == cut, "a request head differs with its pieces: \(whole), \(cut)")
        guard case .complete(let head, let end) = whole else { return }
        precondition(end <= limit && !head.method.isEmpty && !head.target.isEmpty && !head.target.contains("\r"))
        precondition(head.headers.all("Host").count <= 1 && head.headers.fields.allSatisfy { !$0.value.contains("\n") })
        _ = head.framing
        switch UpgradeRequest.evaluate(head) {
        case .success(let offer): precondition(offer.key.utf8.count == 24)
        case .failure(let refusal): precondition([400, 405, 426].contains(refusal.status))
        }
    }

    static func response(_ bytes: [UInt8]) {
        let pieces = Pieces(bytes)
        let whole = outcome(pieces.content, pieces.whole, ResponseHeadParser(maximumBytes: limit)) { $0.feed($1) }
        let cut = outcome(pieces.content, pieces.ranges, ResponseHeadParser(maximumBytes: limit)) { $0.feed($1) }
        precondition(whole == cut, "a response head differs with its pieces: \(whole), \(cut)")
        guard case .complete(let head, _) = whole else { return }
        precondition((100...999).contains(head.status))
        _ = ClientUpgrade(host: "a", target: "/", key: "dGhlIHNhbXBsZSBub25jZQ==", subprotocols: ["chat"]).verify(head)
    }

    private static func outcome<Parser, Head>(
        _ bytes: [UInt8], _ ranges: [Range<Int>], _ parser: Parser, feed: (inout Parser, RawSpan) -> HeadProgress<Head>
    ) -> Outcome<Head> {
        var parser = parser
        for range in ranges {
            switch feed(&parser, bytes.span.bytes.extracting(range)) {
            case .incomplete: continue
            case .complete(let head, let consumed): return .complete(head, end: range.lowerBound + consumed)
            case .failed(let error): return .failed(error)
            }
        }
        return .incomplete
    }
}
