import RoadsteadWire

/// A PROXY header means the same in whatever pieces it comes, and is never longer than allowed.
enum ProxyHeaderTarget {
    static func run(_ bytes: [UInt8]) {
        let pieces = Pieces(bytes)
        let (whole, cut) = (outcome(pieces.content, pieces.whole), outcome(pieces.content, pieces.ranges))
        precondition(whole == cut, "a PROXY header differs with its pieces: \(whole), \(cut)")
        guard case .complete(_, let consumed) = whole else { return }
        let most = bytes.dropFirst().first == 0x50 ? ProxyHeaderParser.maximumLineLength : 16 + ProxyHeaderParser.maximumLength
        precondition(consumed <= most && consumed <= pieces.content.count)
    }

    private static func outcome(_ bytes: [UInt8], _ ranges: [Range<Int>]) -> ProxyHeaderParser.Progress {
        var parser = ProxyHeaderParser()
        for range in ranges {
            switch parser.feed(bytes.span.bytes.extracting(range)) {
            case .incomplete: continue
            case .complete(let header, let consumed): return .complete(header, consumed: range.lowerBound + consumed)
            case .failed(let error): return .failed(error)
            }
        }
        return .incomplete
    }
}
