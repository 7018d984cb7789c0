import Testing

struct UnsafeRulesTests {
    @Test(arguments: [
        ("let a = unsafe b", true),
        ("@unsafe struct A {}", true),
        ("final class A: @unchecked Sendable {}", true),
        ("nonisolated(unsafe) var a = 1", true),
        ("unowned(unsafe) let a: A", true),
        ("@exclusivity(unchecked) var a = 1", true),
        ("let a = \"b \\(unsafe c)\"", true),
        ("bytes.unsafeLoad(as: Int.self)", false),
        ("withUnsafeBytes { _ in }", false),
        ("@safe struct A {}", false),
        ("// unsafe", false),
        ("let a = \"unsafe\"", false),
        ("func `unsafe code is found`() {}", false),
    ])
    func `Unsafe code is told from talk of it`(text: String, isUse: Bool) {
        #expect(UnsafeRules.uses(in: SwiftText(text)).isEmpty != isUse)
    }

    @Test(arguments: [
        ("final class A: @unchecked Sendable {}", 1), ("extension A: @unchecked  Sendable {}", 1), ("nonisolated(unsafe) var a = 1", 1),
        ("a\nnonisolated(unsafe) let b: @unchecked Sendable\nnonisolated(unsafe) let c", 2), ("let a = unsafe b", 0),
        ("// @unchecked Sendable", 0), ("nonisolated func a() {}", 0), ("struct A: Sendable {}", 0),
    ])
    func `Claims that something may be shared are counted by lines`(text: String, count: Int) {
        #expect(UnsafeRules.claims(in: SwiftText(text)).count == count)
    }

    /// A text, and the lines, counted from 0, whose unsafe code nothing explains.
    static let explained: [(text: String, lines: [Int])] = [
        ("unsafe a()", [0]),
        ("// SAFETY: it lives.\nunsafe a()", []),
        ("unsafe a() // SAFETY: it lives.", []),
        ("// SAFETY:\nunsafe a()", [1]),
        ("// It is safe.\nunsafe a()", [1]),
        ("let a = \"// SAFETY: it lives.\"\nunsafe a()", [1]),
        ("// SAFETY: it lives.\n\n\n\n\n\nunsafe a()", []),
        ("// SAFETY: it lives.\n\n\n\n\n\n\nunsafe a()", [7]),
        ("// SAFETY: it lives.\na\na\na\na\na\na\na\nunsafe a()", []),
        ("// SAFETY: it lives.\na\na\na\na\na\na\n\nunsafe a()", [8]),
        ("// SAFETY: it lives.\nunsafe a()\n\n\n\n\n\n\nunsafe b()", [8]),
        ("unsafe a()\n// SAFETY: too late.", [0]),
    ]

    @Test(arguments: explained)
    func `Each use needs an explanation close above it or at the head of its block`(text: String, lines: [Int]) {
        #expect(UnsafeRules.unexplained(in: SwiftText(text)) == lines)
    }

    @Test(arguments: [
        ("a()", false, nil),
        ("\nunsafe a()", false, "A.swift:2: unsafe code outside the files listed in UnsafeRules.files"),
        ("// SAFETY: it lives.\nunsafe a()", false, "A.swift:2: unsafe code outside the files listed in UnsafeRules.files"),
        ("// SAFETY: it lives.\nunsafe a()", true, nil),
        ("unsafe a()", true, "A.swift:1: unsafe code without a // SAFETY: comment above it"),
        ("a()", true, "A.swift:1: no unsafe code is left here: take the file off UnsafeRules.files"),
    ])
    func `The list is exact`(text: String, isListed: Bool, complaint: String?) {
        let file = SourceFile(path: "A.swift", text: text)
        #expect(UnsafeRules.complaints(about: file, listed: isListed ? ["A.swift"] : []) == [complaint].compactMap(\.self))
    }
}
