/// The names and values of a query, `a=b&c=d`, decoded as browsers encode forms: a plus is a space, and a percent sign that
/// begins no encoding stands for itself (WHATWG URL, application/x-www-form-urlencoded). Bytes that are not UTF-8 become U+FFFD.
public struct QueryItems: Sendable, Equatable {
    /// One name and its value.
    public struct Item: Sendable, Equatable {
        /// The decoded name.
        public var name: String
        /// The decoded value; empty if there was no equals sign.
        public var value: String

        /// An item with these parts.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The items in order.
    public let items: [Item]

    /// Decodes what follows a target's question mark; nil has no items.
    public init(_ query: String?) {
        items = (query ?? "").utf8.split(separator: UInt8(ascii: "&")).map { pair in
            let name = pair.prefix { $0 != UInt8(ascii: "=") }
            return Item(name: Self.decode(name), value: Self.decode(pair.dropFirst(name.count + 1)))
        }
    }

    /// The value of the first item of this name; case counts.
    public func first(_ name: String) -> String? { items.first { $0.name == name }?.value }

    /// The values of all items of this name, in order.
    public func all(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }

    private static func decode(_ text: Substring.UTF8View) -> String {
        let bytes = Array(text)
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, let high = ASCII.hexadecimalValue(bytes[index + 1]),
                let low = ASCII.hexadecimalValue(bytes[index + 2])
            {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(bytes[index] == UInt8(ascii: "+") ? ASCII.space : bytes[index])
                index += 1
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }
}
