/// Judges whether a request is a valid WebSocket upgrade (RFC 6455 section 4.2.1).
public enum UpgradeRequest {
    /// The offer, or how to refuse the request: 405 if it is no GET, 426 if it is no upgrade or asks for another version of the
    /// protocol than 13, 400 if the upgrade is malformed.
    public static func evaluate(_ head: RequestHead) -> Result<WebSocketOffer, Refusal> {
        guard head.method == "GET" else {
            return .failure(
                Refusal(
                    status: 405, explanation: "a WebSocket is opened with GET", headers: [HeaderField(name: "Allow", value: "GET")]))
        }
        let headers = head.headers
        guard headers.contains("Upgrade", token: "websocket"), headers.contains("Connection", token: "upgrade") else {
            return .failure(upgradeRequired("this address speaks WebSocket only; ask for an upgrade to it"))
        }
        guard head.versionMinor >= 1 else { return .failure(malformed("a WebSocket needs HTTP/1.1")) }
        switch head.framing {
        case .none, .length(0): break
        case .length, .chunked: return .failure(malformed("a request for a WebSocket must not have a body"))
        }
        guard headers.all("Sec-WebSocket-Version") == ["13"] else {
            return .failure(upgradeRequired("only version 13 of WebSocket is spoken here"))
        }
        let keys = headers.all("Sec-WebSocket-Key")
        guard keys.count == 1, Base64.decode(keys[0])?.count == 16 else {
            return .failure(malformed("Sec-WebSocket-Key must be there once and be the base64 form of 16 bytes"))
        }
        let subprotocols = headers.listElements("Sec-WebSocket-Protocol")
        guard subprotocols.allSatisfy({ ASCII.isToken($0) }), Set(subprotocols).count == subprotocols.count else {
            return .failure(malformed("Sec-WebSocket-Protocol must be a list of distinct tokens"))
        }
        guard let extensions = WebSocketExtension.list(in: headers) else {
            return .failure(malformed("Sec-WebSocket-Extensions is malformed"))
        }
        return .success(WebSocketOffer(key: keys[0], subprotocols: subprotocols, extensions: extensions))
    }

    private static func malformed(_ explanation: String) -> Refusal { Refusal(status: 400, explanation: explanation) }

    private static func upgradeRequired(_ explanation: String) -> Refusal {
        Refusal(
            status: 426, explanation: explanation,
            headers: [
                HeaderField(name: "Upgrade", value: "websocket"), HeaderField(name: "Connection", value: "Upgrade"),
                HeaderField(name: "Sec-WebSocket-Version", value: "13"),
            ])
    }
}
