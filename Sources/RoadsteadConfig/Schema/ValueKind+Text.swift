extension ValueKind where Value == String {
    /// Any text.
    static func text(_ type: String = "text") -> ValueKind {
        .scalar(type, write: { .text($0) }) { .success($0.text) }
    }

    /// A name that can stand in a metric's label, a log line and a URL.
    static var name: ValueKind {
        .scalar("name (letters, digits, `-`, `_`, `.`; 64 at most)", write: { .text($0) }) { scalar in
            let isName = scalar.text.utf8.allSatisfy { Token.isValid(String(UnicodeScalar($0))) && !"!#$%&'*+^`|~".utf8.contains($0) }
            guard isName, (1...64).contains(scalar.text.utf8.count) else { return .failure("choose a name of such characters") }
            return .success(scalar.text)
        }
    }

    /// An RFC 9110 token, such as a subprotocol.
    static func token(_ type: String) -> ValueKind {
        .scalar(type, write: { .text($0) }) { scalar in
            Token.isValid(scalar.text) ? .success(scalar.text) : .failure("it cannot have spaces, commas or quotes, nor be empty")
        }
    }

    /// Text with rules of its own.
    static func parsed(_ type: String, _ parse: @escaping @Sendable (String) -> Result<String, ValueFault>) -> ValueKind {
        .scalar(type, write: { .text($0) }) { parse($0.text) }
    }

    /// The path of a file that can be read; empty is none.
    static func readableFile(_ type: String) -> ValueKind {
        var kind = ValueKind.text(type)
        kind.check = { path, place, reading in
            guard !path.isEmpty, case .failure(let fault) = FileContents.read(path) else { return }
            reading.report("the file `\(path)` \(fault.explanation); give the path of a file that can be read", at: place)
        }
        return kind
    }
}

extension ValueKind where Value == String? {
    /// Any text; empty is nil.
    static func textOrNone(_ type: String) -> ValueKind {
        .scalar(type, write: { .text($0 ?? "") }) { .success($0.text.isEmpty ? nil : $0.text) }
    }
}

extension ValueKind where Value == SecretFile {
    /// The path of a file that is read now; empty is none.
    static var secretFile: ValueKind {
        .scalar("path of a file; empty is none", write: { .text($0.path, note: $0.bytes?.isEmpty == false ? "holds <redacted>" : nil) }) {
            scalar in
            guard !scalar.text.isEmpty else { return .success(SecretFile()) }
            return FileContents.read(scalar.text).flatMap { contents in
                let secret = FileContents.withoutFinalNewline(contents)
                guard !secret.isEmpty else { return .failure("the file is empty; write the secret into it") }
                return .success(SecretFile(path: scalar.text, bytes: secret))
            }
        }
    }
}

extension ValueKind where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of the words that the type lists.
    static var word: ValueKind {
        let words = Value.allCases.map(\.rawValue)
        return .scalar("one of " + words.joined(separator: ", "), write: { .text($0.rawValue) }) { scalar in
            if let value = Value(rawValue: scalar.text) { return .success(value) }
            let nearest = Spelling.nearest(to: scalar.text, among: words)
            return .failure(nearest.map { "did you mean \($0)?" } ?? "choose one of them")
        }
    }
}

extension ValueKind where Value: CustomStringConvertible {
    /// Words that the type reads and prints by itself.
    static func described(_ type: String, hint: String, _ parse: @escaping @Sendable (String) -> Value?) -> ValueKind {
        .scalar(type, write: { .text($0.description) }) { scalar in
            parse(scalar.text).map(Result.success) ?? .failure("\(hint)")
        }
    }
}

extension ValueKind where Value == ListenAddress {
    /// An address to listen on.
    static var listenAddress: ValueKind {
        .scalar("address (host:port, [v6]:port or unix:/path)", write: { .text($0.text) }) { ListenAddress.parse($0.text) }
    }
}

extension ValueKind where Value == EndpointAddress {
    /// An address of an upstream.
    static var endpoint: ValueKind {
        .scalar("endpoint (ws://host:port/base, wss://host:port/base or unix:/path)", write: { .text($0.text) }) {
            EndpointAddress.parse($0.text)
        }
    }
}

extension ValueKind where Value == AddressRange {
    /// A range of addresses.
    static var addressRange: ValueKind {
        .scalar("range of addresses in CIDR notation (10.0.0.0/8, 2001:db8::/32)", write: { .text($0.text) }) {
            AddressRange.parse($0.text)
        }
    }
}
