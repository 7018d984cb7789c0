import ArgumentParser
import RoadsteadWire

/// A header field on the command line: `Name: value`.
struct HeaderArgument: ExpressibleByArgument, Equatable {
    /// The field.
    let field: HeaderField

    /// Takes `Name: value` apart; nil if the name is no token, the value has control characters, or the field is one that the client
    /// writes itself.
    init?(argument: String) {
        guard let colon = argument.firstIndex(of: ":") else { return nil }
        let name = String(argument[..<colon])
        let value = String(argument[colon...].dropFirst().drop { $0 == " " })
        guard Self.isToken(name), !value.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else { return nil }
        let lowercased = name.lowercased()
        let own = ["upgrade", "connection", "content-length", "transfer-encoding"]
        guard !own.contains(lowercased), !lowercased.hasPrefix("sec-websocket-") else { return nil }
        field = HeaderField(name: name, value: value)
    }

    /// Whether the text is a token (RFC 9110 section 5.6.2).
    static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                case _: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}
