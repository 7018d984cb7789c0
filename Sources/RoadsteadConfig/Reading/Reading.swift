/// What is known while a configuration is read: where each value came from, and everything that is wrong.
struct Reading {
    /// The name of the file, for messages.
    let file: String
    /// The process's environment.
    let environment: [String: String]
    /// Says in words why a certificate and a key (paths) cannot be used together; nil when they can.
    let certificateProblem: (_ certificate: String, _ key: String) -> String?
    /// Says in words why another value of a TLS section cannot be used; nil when it can.
    let tlsProblem: (TLSValue) -> String?

    private var origins: [ConfigurationPath: Origin] = [:]
    private var faulty: Set<ConfigurationPath> = []
    private var errors: [ConfigurationError] = []

    init(
        file: String, environment: [String: String], certificateProblem: @escaping (String, String) -> String?,
        tlsProblem: @escaping (TLSValue) -> String?
    ) {
        self.file = file
        self.environment = environment
        self.certificateProblem = certificateProblem
        self.tlsProblem = tlsProblem
    }

    /// Everything that is wrong, in the order of the file; nil when nothing is.
    var failure: ConfigurationErrors? {
        guard !errors.isEmpty else { return nil }
        return ConfigurationErrors(
            errors: errors.sorted { first, second in
                let places = (first.line == 0 ? Int.max : first.line, second.line == 0 ? Int.max : second.line)
                return (places.0, first.column, first.description) < (places.1, second.column, second.description)
            })
    }

    /// Remembers that the value at `path` was set explicitly, and where.
    mutating func found(_ path: ConfigurationPath, at origin: Origin) {
        origins[path] = origin
    }

    /// Whether the value at `path` was set explicitly.
    func isSet(_ path: ConfigurationPath) -> Bool {
        origins[path] != nil
    }

    /// Where the value at `path` was set, or else what it stands in.
    func origin(of path: ConfigurationPath) -> Origin {
        var place: ConfigurationPath? = path
        while let here = place {
            if let origin = origins[here] { return origin }
            place = here.parent
        }
        return .start
    }

    /// Reports what is wrong at a place that is no key's.
    mutating func report(_ message: String, origin: Origin) {
        errors.append(origin.error(file: file, message: message))
    }

    /// Reports what is wrong with the value at `path`, unless it, or what it was compared with, has been reported already.
    mutating func report(
        _ message: String, at path: ConfigurationPath, comparedWith others: [ConfigurationPath] = [], origin: Origin? = nil
    ) {
        guard !([path] + others).contains(where: isFaulty) else { return }
        let subject = path.text.isEmpty ? "the file" : path.text
        report("\(subject): \(message)", origin: origin ?? self.origin(of: path))
    }

    /// Reports a value that the TLS library does not take. An authority's file that can't be read at all is reported by its key's kind.
    mutating func judge(_ value: TLSValue, at path: ConfigurationPath) {
        if case .authority(let file) = value, case .failure = FileContents.read(file) { return }
        if let problem = tlsProblem(value) { report(problem, at: path) }
    }

    /// Reports a value of the wrong type or out of its range.
    mutating func reject(_ node: SourceNode, at path: ConfigurationPath, expected: String, because fault: ValueFault? = nil) {
        defer { markFaulty(path) }
        if case .faulty = node.content { return }
        let advice = fault.map { "; \($0.explanation)" } ?? "; see docs/configuration.md"
        report("found \(node.found), expected \(expected)\(advice)", at: path, origin: node.origin)
    }

    /// Remembers that the value at `path` could not be read, so that nothing follows from what stands in its place.
    mutating func markFaulty(_ path: ConfigurationPath) {
        faulty.insert(path)
    }

    /// Reports a key that no section of this kind has.
    mutating func rejectUnknown(_ entry: SourceEntry, at path: ConfigurationPath, known: [String]) {
        let subject = path.appending(entry.key).text
        if let nearest = Spelling.nearest(to: entry.key, among: known) {
            report("\(subject): unknown key \"\(entry.key)\"; did you mean \"\(nearest)\"?", origin: entry.origin)
        } else {
            let section = path.text.isEmpty ? "the file" : path.text
            report(
                "\(subject): unknown key \"\(entry.key)\"; the keys of \(section) are \(known.joined(separator: ", "))",
                origin: entry.origin)
        }
    }

    private func isFaulty(_ path: ConfigurationPath) -> Bool {
        var place: ConfigurationPath? = path
        while let here = place {
            if faulty.contains(here) { return true }
            place = here.parent
        }
        return false
    }
}
