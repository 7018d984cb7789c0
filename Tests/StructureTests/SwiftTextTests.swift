import Testing

struct SwiftTextTests {
    /// A line, and what of it is code and comment, blanks at the ends aside.
    static let lines: [(text: String, code: String, comment: String)] = [
        (#"let a = 1 // one"#, "let a = 1", "// one"),
        (#"let a /* two */ = 2"#, "let a  = 2", "/* two */"),
        (#"a /* b /* c */ d */ e"#, "a  e", "/* b /* c */ d */"),
        (#"let a = "code" + b"#, "let a =   + b", ""),
        (#"let a = "// no comment""#, "let a =", ""),
        (##"let a = "a \" b" + c"##, "let a =   + c", ""),
        (##"let a = #"a " b \(no) "# + c"##, "let a =   + c", ""),
        (##"let a = #"x \#(yes) y"# + c"##, "let a =   (yes) + c", ""),
        (#"f("a \(g(b, "c \(d)") + e) f", h)"#, "f(  (g(b,   (d)) + e), h)", ""),
        (#"f("\\", g)"#, "f( , g)", ""),
        (#"let `a "b // c` = 3"#, "let _ = 3", ""),
        (#"let quote: Character = "\"" // x"#, "let quote: Character =", "// x"),
        (#"#if os(Linux) // y"#, "#if os(Linux)", "// y"),
        (#"let umlaut = ü // ä"#, "let umlaut = ü", "// ä"),
        ("", "", ""),
    ]

    @Test(arguments: lines)
    func `A line is taken apart`(text: String, code: String, comment: String) {
        for ending in ["", "\n"] {
            let result = SwiftText(text + ending)
            #expect(result.code.count == 1)
            #expect(result.code.first.map(Self.trimmed) == code)
            #expect(result.comments.first.map(Self.trimmed) == comment)
        }
    }

    @Test func `Literals and comments over several lines keep the count of lines`() {
        let text = SwiftText(
            """
            let a = \"""
                unsafe // x
                \\(b) "c" \\
                \""" + d
            /* e
            f */ g
            h
            """)
        #expect(text.code.map(Self.trimmed) == ["let a =", "", "(b)", "+ d", "", "g", "h"])
        #expect(text.comments.map(Self.trimmed) == ["", "", "", "", "/* e", "f */", ""])
    }

    @Test func `A quote that is never closed ends with its line`() {
        #expect(SwiftText("a \"b\nc").code.map(Self.trimmed) == ["a", "c"])
    }

    @Test func `Braces in literals and comments do not count`() {
        #expect(SwiftText("a {\nb \"}\" // }\n} c {}\nd").depths == [0, 1, 1, 0])
    }

    @Test(
        arguments: [
            ("a.b(c_1)", ["a", "b", "c_1"]), ("@unchecked Sendable", ["unchecked", "Sendable"]), ("unsafeLoad", ["unsafeLoad"]), ("", []),
        ] as [(String, [String])])
    func `Words are whole identifiers`(line: String, words: [String]) {
        #expect(SwiftText.words(line) == words)
    }

    static func trimmed(_ text: String) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
