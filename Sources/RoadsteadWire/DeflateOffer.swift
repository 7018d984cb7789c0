/// A client's side of the negotiation of permessage-deflate (RFC 7692 section 7.1).
///
/// The server's window is not asked for: widespread servers that know none but the largest answer such an offer wrongly, or not at all.
public struct DeflateOffer: Sendable, Equatable {
    /// Whether the server must compress each message by itself.
    public var asksServerForNoTakeover: Bool
    /// Whether we compress each message by itself, which lets the server keep nothing for us.
    public var promisesNoTakeover: Bool
    /// The base-2 logarithm of our largest window, 9 to 15; the answer may name a smaller one.
    public var windowBits: Int

    /// An offer with these parts.
    public init(asksServerForNoTakeover: Bool, promisesNoTakeover: Bool, windowBits: Int) {
        self.asksServerForNoTakeover = asksServerForNoTakeover
        self.promisesNoTakeover = promisesNoTakeover
        self.windowBits = windowBits
    }

    /// The element of `Sec-WebSocket-Extensions`.
    var text: String {
        var fields = DeflateFields()
        fields.serverNoContextTakeover = asksServerForNoTakeover
        fields.clientNoContextTakeover = promisesNoTakeover
        fields.clientWindowBits = windowBits
        return fields.text
    }

    /// Judges the server's element of that name: it must be an answer to this offer.
    func judge(_ element: WebSocketExtension) -> Result<DeflateAgreement, ClientUpgradeError> {
        guard let answer = DeflateFields(element, isOffer: false) else {
            return .failure(.invalidExtension("a parameter is unknown, comes twice or has a wrong value"))
        }
        guard answer.serverNoContextTakeover || !asksServerForNoTakeover else {
            return .failure(.invalidExtension("server_no_context_takeover was asked for and is missing"))
        }
        guard answer.clientWindowBits ?? windowBits <= windowBits else {
            return .failure(.invalidExtension("client_max_window_bits is larger than was offered"))
        }
        var agreed = answer
        agreed.clientWindowBits = answer.clientWindowBits ?? windowBits
        agreed.clientNoContextTakeover = answer.clientNoContextTakeover || promisesNoTakeover
        return .success(DeflateAgreement(fields: agreed))
    }
}
