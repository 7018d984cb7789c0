/// The parameters of one permessage-deflate element, in an offer or in an answer (RFC 7692 section 7.1), each known, valid and there once.
struct DeflateFields: Equatable {
    /// The extension's name.
    static let name = "permessage-deflate"

    var serverNoContextTakeover = false
    var clientNoContextTakeover = false
    var serverWindowBits: Int?
    var clientWindowBits: Int?
    /// `client_max_window_bits` without a value, which only an offer may have: the answer may name any window.
    var allowsAnyClientWindow = false

    init() {}

    /// Reads an element of that name; nil if a parameter is unknown, comes twice or has a wrong value.
    init?(_ element: WebSocketExtension, isOffer: Bool) {
        for parameter in element.parameters {
            switch (parameter.name, parameter.value) {
            case ("server_no_context_takeover", nil) where !serverNoContextTakeover: serverNoContextTakeover = true
            case ("client_no_context_takeover", nil) where !clientNoContextTakeover: clientNoContextTakeover = true
            case ("server_max_window_bits", let value?) where serverWindowBits == nil:
                guard let bits = Self.windowBits(value) else { return nil }
                serverWindowBits = bits
            case ("client_max_window_bits", let value) where clientWindowBits == nil && !allowsAnyClientWindow:
                guard let value else {
                    guard isOffer else { return nil }
                    allowsAnyClientWindow = true
                    break
                }
                guard let bits = Self.windowBits(value) else { return nil }
                clientWindowBits = bits
            case _: return nil
            }
        }
    }

    /// As it is written on the wire.
    var text: String {
        var words = [Self.name]
        if serverNoContextTakeover { words.append("server_no_context_takeover") }
        if clientNoContextTakeover { words.append("client_no_context_takeover") }
        if let serverWindowBits { words.append("server_max_window_bits=\(serverWindowBits)") }
        if let clientWindowBits { words.append("client_max_window_bits=\(clientWindowBits)") }
        return words.joined(separator: "; ")
    }

    /// 8 to 15, without leading zeros (RFC 7692 section 7.1.2).
    private static func windowBits(_ text: String) -> Int? {
        guard let bits = Int(text), (8...15).contains(bits), text == String(bits) else { return nil }
        return bits
    }
}
