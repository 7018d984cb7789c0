import Testing

struct StyleRulesTests {
    @Test(arguments: [(499, 0), (500, 0), (501, 1)])
    func `Five hundred lines are enough`(count: Int, complaints: Int) {
        let lines = [String](repeating: "a", count: count).joined(separator: "\n")
        for text in [lines, lines + "\n"] {
            let file = SourceFile(path: "A.swift", text: text)
            #expect(file.lineCount == count)
            #expect(StyleRules.lengthComplaints(about: file).count == complaints)
        }
    }

    @Test(arguments: [
        ("Thread.sleep(forTimeInterval: 1)", true), ("try await Task.sleep(for: .seconds(1))", true), ("sleep(1)", true),
        ("usleep(5)", true), ("Glibc.sleep (1)", true), ("let wait = Task.sleep", true), ("let wait = usleep", true),
        ("nanosleep(&a, nil)", true), ("try await clock.sleep(until: a)", true), ("// sleep(1)", false), ("let a = \"sleep(1)\"", false),
        ("asleep(1)", false), ("func `no test sleeps`() {}", false), ("let sleep = 1", false),
    ])
    func `Sleeping is noticed`(text: String, isSleeping: Bool) {
        let file = SourceFile(path: "A.swift", text: text)
        #expect(StyleRules.sleepComplaints(about: file).isEmpty != isSleeping)
    }

    @Test(arguments: [
        ("A.swift", "// TODO: b", 1), ("A.swift", "a() // FIXME", 1), ("A.swift", "/*\n TODO\n FIXME */", 2), ("A.h", "/* TODO */\n", 1),
        ("A.swift", "let a = \"TODO\"", 0), ("A.swift", "// TODOS and todo", 0), ("A.c", "int a;\n", 0),
    ])
    func `Marks of unfinished work are noticed`(path: String, text: String, count: Int) {
        #expect(StyleRules.markComplaints(about: SourceFile(path: path, text: text)).count == count)
    }

    @Test(
        arguments: [
            ("public struct A {}", ["A"]),
            ("@frozen public enum A {}\npublic final class B {}", ["A", "B"]),
            ("public indirect enum A {\n}\npublic actor B {}\npublic protocol C: AnyObject {}", ["A", "B", "C"]),
            ("final public class A {}", ["A"]),
            ("open class A<T> {}", ["A"]),
            ("@safe\npublic struct A: ~Copyable {\n    public struct B {}\n}", ["A"]),
            ("extension A {\n    public enum B {}\n}", []),
            ("public extension A {}", []),
            ("struct A {}", []),
            ("public func a(class: B) {}", []),
            ("public typealias A = B", []),
            ("public import struct A.B", []),
            ("// public struct A {}", []),
        ] as [(String, [String])])
    func `Public types at the top level are found`(text: String, names: [String]) {
        #expect(StyleRules.publicTypes(in: SwiftText(text)).map(\.name) == names)
    }

    @Test(
        arguments: [
            ("Sources/X/A.swift", "public struct A {}", []),
            ("Sources/X/A.swift", "public struct A {}\nstruct B {}", []),
            ("Sources/X/A.swift", "struct B {}", []),
            ("Sources/X/A+More.swift", "extension A {\n    public struct B {}\n}", []),
            ("Sources/X/A+More.swift", "public struct A {}", []),
            ("Sources/X/main.swift", "public struct A {}\npublic struct B {}", []),
            ("Sources/X/A.swift", "public struct B {}", ["Sources/X/A.swift:1: B belongs in a file of its own, B.swift"]),
            ("Sources/X/A.swift", "public struct A {}\npublic enum B {}", ["Sources/X/A.swift:2: B belongs in a file of its own, B.swift"]),
            (
                "Sources/X/A.swift", "#if a\npublic struct A {}\n#else\npublic enum A {}\n#endif",
                ["Sources/X/A.swift:4: more than one public type"]
            ),
        ] as [(String, String, [String])])
    func `A public type and its file share a name`(path: String, text: String, complaints: [String]) {
        #expect(StyleRules.typeComplaints(about: SourceFile(path: path, text: text)) == complaints)
    }

    @Test(
        arguments: [
            (".build/\nPackage.resolved\n", []), (".build\n/Package.resolved", []), ("/.build/ \nPackage.resolved", []),
            (".build/", ["Package.resolved"]), ("# .build\nPackage.resolved.old", [".build", "Package.resolved"]),
            ("!.build\n.builds", [".build", "Package.resolved"]), ("", [".build", "Package.resolved"]),
        ] as [(String, [String])])
    func `Gaps in .gitignore are noticed`(text: String, missing: [String]) {
        #expect(StyleRules.missing([".build", "Package.resolved"], inGitignore: text) == missing)
    }
}
