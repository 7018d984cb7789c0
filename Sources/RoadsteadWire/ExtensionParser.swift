/// Reads one `Sec-WebSocket-Extensions` field by the grammar of RFC 6455 section 9.1.
///
/// ```
///   extension-list  = 1#extension
///   extension       = token *( ";" token [ "=" ( token | quoted-string ) ] )
/// ```
/// White space may stand between any two parts, as the grammar's "implied *LWS rule" has it, and elements of the list may be empty as
/// long as one is not (RFC 9110 section 5.6.1). What a quoted string holds must itself be a token.
struct ExtensionParser {
    private let bytes: [UInt8]
    private var position = 0

    init(_ value: String) { bytes = Array(value.utf8) }

    /// The extensions of the whole field; nil if it is malformed.
    mutating func list() -> [WebSocketExtension]? {
        var found: [WebSocketExtension] = []
        repeat {
            skipWhitespace()
            if position == bytes.count || bytes[position] == UInt8(ascii: ",") { continue }
            guard let element = element() else { return nil }
            found.append(element)
        } while take(UInt8(ascii: ","))
        return position == bytes.count && !found.isEmpty ? found : nil
    }

    private mutating func element() -> WebSocketExtension? {
        guard let name = token() else { return nil }
        var element = WebSocketExtension(name)
        while take(UInt8(ascii: ";")) {
            skipWhitespace()
            guard let name = token() else { return nil }
            var parameter = WebSocketExtension.Parameter(name)
            if take(UInt8(ascii: "=")) {
                skipWhitespace()
                guard let value = position < bytes.count && bytes[position] == UInt8(ascii: "\"") ? quoted() : token() else { return nil }
                parameter.value = value
            }
            element.parameters.append(parameter)
        }
        return element
    }

    private mutating func token() -> String? {
        let start = position
        while position < bytes.count, ASCII.isToken(bytes[position]) { position += 1 }
        return position > start ? String(decoding: bytes[start..<position], as: UTF8.self) : nil
    }

    private mutating func quoted() -> String? {
        position += 1
        var value: [UInt8] = []
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            if bytes[position] == UInt8(ascii: "\\") { position += 1 }
            guard position < bytes.count, ASCII.isToken(bytes[position]) else { return nil }
            value.append(bytes[position])
            position += 1
        }
        guard position < bytes.count, !value.isEmpty else { return nil }
        position += 1
        return String(decoding: value, as: UTF8.self)
    }

    /// Takes the separator, with the white space before it, if it comes next.
    private mutating func take(_ separator: UInt8) -> Bool {
        skipWhitespace()
        guard position < bytes.count, bytes[position] == separator else { return false }
        position += 1
        return true
    }

    private mutating func skipWhitespace() {
        while position < bytes.count, ASCII.isWhitespace(bytes[position]) { position += 1 }
    }
}
