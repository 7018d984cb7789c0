import RoadsteadWire

/// Whatever the field says, it is read or refused.
enum ExtensionsTarget {
    static func run(_ bytes: [UInt8]) {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        var headers = HeaderFields([])
        for line in lines { headers.append("Sec-WebSocket-Extensions", String(line)) }
        guard let extensions = WebSocketExtension.list(in: headers) else { return }
        precondition(extensions.allSatisfy { !$0.name.isEmpty && $0.parameters.allSatisfy { !$0.name.isEmpty } })
        // What was written was read: a second reading of the same finds the same.
        precondition(WebSocketExtension.list(in: headers) == extensions)
    }
}
