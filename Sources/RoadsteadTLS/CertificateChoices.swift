/// Which certificates answer to which server names. For a name there is one certificate for each kind of key, such as ECDSA and RSA, and the
/// handshake uses whichever the client can: of each kind the first that has the name itself, else the first with a wildcard for it.
struct CertificateChoices {
    /// What counts of a certificate.
    struct Subject {
        /// Server names, wildcards among them.
        let names: [String]
        /// A number for the kind of its key.
        let keyKind: Int32
    }

    /// Places of certificates, with one of each kind of key at most. The first is for clients that name nothing, or nothing that is here.
    private(set) var all: [[Int]] = []
    /// The place in `all` for each name.
    private(set) var names = ServerNames<Int>()

    /// - Parameter subjects: one or more certificates; the first is the default, along with those for its names that have other kinds of keys.
    init(_ subjects: [Subject]) {
        var having = ServerNames<[Int]>()
        for (index, subject) in subjects.enumerated() {
            for name in subject.names { having[name] = (having[name] ?? []) + [index] }
        }
        let candidates = subjects[0].names.flatMap { having.answers(to: $0).joined() + (having[$0] ?? []) }
        _ = place(of: Self.firstOfEachKind([0] + candidates, subjects))
        for name in subjects.lazy.flatMap(\.names) where names[name] == nil {
            let candidates = [having[name] ?? []] + having.answers(to: name)
            names[name] = place(of: Self.firstOfEachKind(candidates.joined(), subjects))
        }
        let used = Set(all.joined())
        // Its names are others' already; it is looked at all the same, so that what is wrong with it is said.
        for index in subjects.indices where !used.contains(index) { all.append([index]) }
    }

    private mutating func place(of choice: [Int]) -> Int {
        if let place = all.firstIndex(of: choice) { return place }
        all.append(choice)
        return all.count - 1
    }

    private static func firstOfEachKind(_ candidates: some Sequence<Int>, _ subjects: [Subject]) -> [Int] {
        var kinds: Set<Int32> = []
        return candidates.filter { kinds.insert(subjects[$0].keyKind).inserted }.sorted()
    }
}
