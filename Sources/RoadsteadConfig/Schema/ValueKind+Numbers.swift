extension ValueKind where Value == Bool {
    /// `true` or `false`.
    static var boolean: ValueKind {
        .scalar("true or false", write: { .plain($0 ? "true" : "false") }) { scalar in
            switch (scalar.text, scalar.isQuoted) {
            case ("true", false): .success(true)
            case ("false", false): .success(false)
            case ("true", true), ("false", true): .failure("remove the quotes")
            case (_, _): .failure("write true or false")
            }
        }
    }
}

extension ValueKind where Value == Int {
    /// A whole number within bounds; `zero` says what 0 means where that is not plain.
    static func integer(_ bounds: ClosedRange<Int>, zero: String? = nil) -> ValueKind {
        let type = "integer, \(bounds.lowerBound) to \(bounds.upperBound)" + (zero.map { "; 0 is \($0)" } ?? "")
        return .scalar(type, write: { .plain(String($0)) }) { scalar in
            let digits = scalar.text.hasPrefix("-") ? scalar.text.dropFirst() : scalar.text[...]
            guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }) else {
                return .failure("write digits only")
            }
            guard !scalar.isQuoted else { return .failure("remove the quotes") }
            guard let value = Int(scalar.text), bounds.contains(value) else { return .failure("it is out of range") }
            return .success(value)
        }
    }

    /// A number of bytes: `64KiB`, `1MiB`, `1GiB` or plain digits.
    static func size(_ bounds: ClosedRange<Int>, zero: String? = nil) -> ValueKind {
        let range = "\(SizeText.write(bounds.lowerBound)) to \(SizeText.write(bounds.upperBound))"
        let type = "size (64KiB, 1MiB or bytes), \(range)" + (zero.map { "; 0 is \($0)" } ?? "")
        return .scalar(type, write: { .plain(SizeText.write($0)) }) { scalar in
            SizeText.parse(scalar.text).flatMap { bounds.contains($0) ? .success($0) : .failure("it is out of range") }
        }
    }

    /// A share: `50%`.
    static var percentage: ValueKind {
        .scalar("percentage (50%), 0% to 100%", write: { .plain("\($0)%") }) { scalar in
            let digits = scalar.text.dropLast()
            guard scalar.text.hasSuffix("%"), !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }) else {
                return .failure("write a whole number and %")
            }
            guard let value = Int(digits), value <= 100 else { return .failure("it is out of range") }
            return .success(value)
        }
    }
}

extension ValueKind where Value == Duration {
    /// A time: `500ms`, `20s`, `5m` or `1h`.
    static func duration(_ bounds: ClosedRange<Duration>, zero: String? = nil) -> ValueKind {
        let range = "\(DurationText.write(bounds.lowerBound)) to \(DurationText.write(bounds.upperBound))"
        let type = "duration (500ms, 20s, 5m, 1h), \(range)" + (zero.map { "; 0s is \($0)" } ?? "")
        return .scalar(type, write: { .plain(DurationText.write($0)) }) { scalar in
            DurationText.parse(scalar.text).flatMap { bounds.contains($0) ? .success($0) : .failure("it is out of range") }
        }
    }
}

extension ValueKind where Value == Duration? {
    /// A time, of which zero means that it never comes; that is nil.
    static func durationOrNever(upTo limit: Duration) -> ValueKind {
        let kind = ValueKind<Duration>.duration(.zero...limit, zero: "never")
        return ValueKind(
            shape: kind.shape,
            read: { node, path, reading in kind.read(node, path, &reading).map { value -> Duration? in value == .zero ? nil : value } },
            write: { kind.write($0 ?? .zero) })
    }
}
