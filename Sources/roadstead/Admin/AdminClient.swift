import RoadsteadWire

/// Asks a gateway's admin API: one request, one connection.
struct AdminClient {
    private static let timeout = Duration.seconds(30)
    private static let maximumHead = 64 << 10
    private static let maximumBody = 256 << 20

    /// Where it is.
    let address: AdminAddress
    /// What lets us in; nil if nothing is asked for.
    let token: String?

    /// Sends a request and waits for the answer.
    ///
    /// - Parameter query: names and values, which are encoded here.
    /// - Returns: the body of a successful answer.
    func request(_ method: String, _ path: String, query: [(name: String, value: String)] = []) throws(CommandError) -> [UInt8] {
        let deadline = ContinuousClock.now + Self.timeout
        let connection = try ClientConnection.open(address.target, context: nil, by: deadline)
        connection.send(head(method, path + Self.encoded(query)))
        let (head, body) = try readAnswer(from: connection, by: deadline)
        guard (200..<300).contains(head.status) else {
            let detail = JSONParser.parse(body)?["detail"]?.scalar ?? "\(HTTPStatus.reason(head.status))"
            let advice = head.status == 401 ? "; give the admin API's token with --token-file" : ""
            throw .refused(status: head.status, detail: TerminalText.escaped(detail) + advice)
        }
        return body
    }

    /// The same for a `GET`, and reads the answer.
    func get(_ path: String, query: [(name: String, value: String)] = []) throws(CommandError) -> JSONValue {
        guard let value = JSONParser.parse(try request("GET", path, query: query)) else {
            throw .answer(address: address.hostField, reason: "the answer is not JSON; is this a gateway's admin listener?")
        }
        return value
    }

    private func head(_ method: String, _ target: String) -> [UInt8] {
        var lines = ["\(method) \(target) HTTP/1.1", "Host: \(address.hostField)", "Connection: close", "Accept: application/json"]
        if let token { lines.append("Authorization: Bearer \(token)") }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    private func readAnswer(
        from connection: ClientConnection, by deadline: ContinuousClock.Instant
    ) throws(CommandError) -> (head: ResponseHead, body: [UInt8]) {
        var parser = ResponseHeadParser(maximumBytes: Self.maximumHead)
        var head: ResponseHead?
        var body: [UInt8] = []
        while true {
            if let head, case .length(let length) = head.framing, body.count >= length { return (head, Array(body.prefix(length))) }
            switch connection.arrival(by: deadline) {
            case nil: throw fault("no answer in time")
            case .nothing?: continue
            case .ended(let reason)?:
                guard let head, head.framing == .none else {
                    throw fault("no whole answer: \(reason); is this a gateway's admin listener?")
                }
                return (head, body)
            case .bytes(let bytes)? where head != nil:
                body += bytes
            case .bytes(let bytes)?:
                switch parser.feed(bytes.rawBytes) {
                case .incomplete: continue
                case .failed(let error): throw fault("not an HTTP answer: \(error.explanation); is this a gateway's admin listener?")
                case .complete(let complete, let consumed):
                    if complete.status == 204 { return (complete, []) }
                    guard complete.framing != .chunked else { throw fault("a chunked answer; is this a gateway's admin listener?") }
                    head = complete
                    body = Array(bytes.dropFirst(consumed))
                }
            }
            guard body.count <= Self.maximumBody else { throw fault("the answer is larger than \(Self.maximumBody >> 20) MiB") }
        }
    }

    private func fault(_ reason: String) -> CommandError { .answer(address: address.hostField, reason: reason) }

    /// A question mark and the items; nothing if there are none.
    static func encoded(_ query: [(name: String, value: String)]) -> String {
        query.isEmpty ? "" : "?" + query.map { "\($0.name)=\(PercentEncoding.encode($0.value))" }.joined(separator: "&")
    }
}
