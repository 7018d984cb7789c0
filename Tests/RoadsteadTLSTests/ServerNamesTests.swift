import Testing

@testable import RoadsteadTLS

@Suite("Server names")
struct ServerNamesTests {
    private static let ecdsa: Int32 = 1
    private static let rsa: Int32 = 2

    private static func choice(of name: String, _ subjects: [([String], Int32)]) -> [Int] {
        let choices = CertificateChoices(subjects.map { CertificateChoices.Subject(names: $0.0, keyKind: $0.1) })
        return choices.all[choices.names.answers(to: name).first ?? 0]
    }

    @Test(
        "are found exactly, then by wildcard of one label, in any case, with a dot at the end or without; any other gets the first",
        arguments: [
            ("a.example", 0), ("A.EXAMPLE", 0), ("b.example", 1), ("x.example", 2), ("both.example", 0), ("x.y.example", 0),
            (".example", 0), ("example", 0), ("", 0), (".", 0), ("*.example", 2), ("sub.a.example", 0), ("a.example.", 0),
            ("b.example.", 1), ("x.example.", 2), ("x.example..", 0),
        ] as [(String, Int)])
    func found(name: String, index: Int) {
        let subjects: [([String], Int32)] = [
            (["a.example", "both.example"], Self.ecdsa), (["B.example", "a.example"], Self.ecdsa),
            (["*.Example", "both.example"], Self.ecdsa), (["*.example"], Self.ecdsa),
        ]
        #expect(Self.choice(of: name, subjects) == [index])
    }

    @Test(
        "have a certificate for each kind of key, whatever other names those have",
        arguments: [
            ("localhost", [0, 1]), ("a.example", [0, 1]), ("b.example", [0]), ("c.example", [1]), ("d.example", [2, 3]),
            ("e.example", [1, 2]), ("nobody", [0, 1]), ("", [0, 1]), ("x.other", [4]),
        ] as [(String, [Int])])
    func kinds(name: String, choice: [Int]) {
        let subjects: [([String], Int32)] = [
            (["a.example", "b.example", "localhost"], Self.ecdsa), (["localhost", "a.example", "c.example", "e.example"], Self.rsa),
            (["d.example", "e.example", "a.example"], Self.ecdsa), (["d.example", "e.example"], Self.rsa), (["*.other"], Self.rsa),
        ]
        #expect(Self.choice(of: name, subjects) == choice)
    }

    @Test(
        "of one certificate go before wildcards of another, for each kind of key",
        arguments: [("exact.example", [0, 1]), ("other.example", [0, 2]), ("deep.other.example", [0, 2])] as [(String, [Int])])
    func wildcards(name: String, choice: [Int]) {
        let subjects: [([String], Int32)] = [(["*.example"], Self.ecdsa), (["exact.example"], Self.rsa), (["*.example"], Self.rsa)]
        #expect(Self.choice(of: name, subjects) == choice)
    }

    @Test("whose certificates are others' already are looked at nevertheless")
    func shadowed() {
        let subjects = (0..<3).map { _ in CertificateChoices.Subject(names: ["a.example"], keyKind: Self.rsa) }
        #expect(CertificateChoices(subjects).all == [[0], [1], [2]])
    }

    @Test("may be missing altogether")
    func nameless() {
        let choices = CertificateChoices([CertificateChoices.Subject(names: [], keyKind: Self.rsa)])
        #expect(choices.all == [[0]] && choices.names.answers(to: "a.example").isEmpty)
    }
}
