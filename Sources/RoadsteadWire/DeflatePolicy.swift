/// A server's side of the negotiation of permessage-deflate (RFC 7692 section 7.1).
public struct DeflatePolicy: Sendable, Equatable {
    /// Whether our window is kept from one message to the next, if the client does not forbid it.
    public var sendsWithTakeover: Bool
    /// Whether the client may keep its own; it costs us a window for as long as the connection lives.
    public var receivesWithTakeover: Bool
    /// The base-2 logarithm of the largest window on either side, 9 to 15.
    public var windowBits: Int

    /// A policy with these parts.
    public init(sendsWithTakeover: Bool, receivesWithTakeover: Bool, windowBits: Int) {
        self.sendsWithTakeover = sendsWithTakeover
        self.receivesWithTakeover = receivesWithTakeover
        self.windowBits = windowBits
    }

    /// Answers the first offer that can be met; the others are alternatives, and other extensions are not known here.
    ///
    /// - Returns: nil if there is none: the connection goes on without compression.
    public func answer(to offers: [WebSocketExtension]) -> DeflateAgreement? {
        for offer in offers where offer.name == DeflateFields.name {
            if let agreement = answer(to: offer) { return agreement }
        }
        return nil
    }

    private func answer(to element: WebSocketExtension) -> DeflateAgreement? {
        guard let offer = DeflateFields(element, isOffer: true) else { return nil }
        var answer = DeflateFields()
        answer.serverNoContextTakeover = offer.serverNoContextTakeover || !sendsWithTakeover
        // What the client only hints at costs nothing to hold it to.
        answer.clientNoContextTakeover = offer.clientNoContextTakeover || !receivesWithTakeover
        if let asked = offer.serverWindowBits {
            // zlib cannot compress with a window of 256 bytes.
            guard asked > 8 else { return nil }
            answer.serverWindowBits = min(asked, windowBits)
        } else if windowBits < 15 {
            answer.serverWindowBits = windowBits
        }
        // Only a client that says it can is told what window to use (section 7.1.2.2).
        if offer.allowsAnyClientWindow || offer.clientWindowBits != nil {
            answer.clientWindowBits = min(offer.clientWindowBits ?? 15, windowBits)
        }
        return DeflateAgreement(fields: answer)
    }
}
