/// The header fields of an HTTP message, in order, repeated names and all.
public struct HeaderFields: Sendable, Equatable {
    /// The fields in the order of the message.
    public private(set) var fields: [HeaderField]

    /// These fields, in this order.
    public init(_ fields: [HeaderField] = []) { self.fields = fields }

    /// How many fields there are.
    public var count: Int { fields.count }
    /// Whether there are none.
    public var isEmpty: Bool { fields.isEmpty }

    /// The value of the first field of this name.
    public subscript(_ name: String) -> String? { first(name) }

    /// The value of the first field of this name.
    public func first(_ name: String) -> String? {
        fields.first { ASCII.equalIgnoringCase($0.name, name) }?.value
    }

    /// The values of all fields of this name, in order.
    public func all(_ name: String) -> [String] {
        fields.filter { ASCII.equalIgnoringCase($0.name, name) }.map(\.value)
    }

    /// The elements of a field whose value is a comma-separated list, over all fields of that name, without the white space
    /// around them; empty elements are skipped (RFC 9110 section 5.6.1). A comma in a quoted string does not separate.
    public func listElements(_ name: String) -> [String] {
        all(name).flatMap(ASCII.listElements)
    }

    /// The parts between all commas of the fields of this name, quoted or not, without the white space around them; empty ones are skipped.
    /// For lists whose elements have no commas, where what one writer does not close must not swallow what the next one appends.
    public func commaSeparated(_ name: String) -> [String] {
        all(name).flatMap { value in
            value.utf8.split(separator: UInt8(ascii: ",")).map { ASCII.trimmed($0) }.filter { !$0.isEmpty }
        }
    }

    /// Whether the list in the fields of this name has this token, without regard to case.
    public func contains(_ name: String, token: String) -> Bool {
        listElements(name).contains { ASCII.equalIgnoringCase($0, token) }
    }

    /// Adds a field at the end.
    public mutating func append(_ field: HeaderField) { fields.append(field) }

    /// Adds a field at the end.
    public mutating func append(_ name: String, _ value: String) { fields.append(HeaderField(name: name, value: value)) }

    /// Adds all of `others` at the end.
    public mutating func append(contentsOf others: HeaderFields) { fields.append(contentsOf: others.fields) }

    /// Removes all fields of this name.
    public mutating func removeAll(_ name: String) {
        fields.removeAll { ASCII.equalIgnoringCase($0.name, name) }
    }
}

extension HeaderFields: Sequence {
    /// Walks the fields in order.
    public func makeIterator() -> IndexingIterator<[HeaderField]> { fields.makeIterator() }
}

extension HeaderFields: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    /// These fields, in this order.
    public init(arrayLiteral fields: HeaderField...) { self.init(fields) }

    /// Names and values, in this order; a name may come more than once.
    public init(dictionaryLiteral elements: (String, String)...) {
        self.init(elements.map { HeaderField(name: $0.0, value: $0.1) })
    }
}
