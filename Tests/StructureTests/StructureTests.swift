import Testing

/// The package as it is, held against the rules. That the rules can find anything is shown by the other tests of this target.
struct StructureTests {
    @Test func `The tree was found`() {
        #expect(SourceTree.sources.contains { $0.path == "Sources/roadstead/Roadstead.swift" })
        #expect(SourceTree.tests.contains { $0.path == "Tests/StructureTests/StructureTests.swift" })
        #expect(SourceTree.files.contains { $0.path == "Sources/CLinux/include/CLinux.h" })
        #expect(SourceTree.sources.count > 20)
    }

    @Test func `Every target with Swift in it has an import rule, and every rule a target`() {
        let targets = Set(SourceTree.sources.compactMap { $0.path.split(separator: "/").dropFirst().first.map(String.init) })
        #expect(targets == Set(ImportRules.rules.map(\.target)))
    }

    @Test func `Every C module has a wrapper`() throws {
        let modules = try SourceTree.folders(in: "Sources").filter { folder in
            !ImportRules.rules.contains { $0.target == folder }
        }
        #expect(Set(modules) == Set(ImportRules.wrappers.keys))
    }

    @Test func `Imports go downward only`() {
        #expect(SourceTree.sources.flatMap { ImportRules.complaints(about: $0) } == [])
    }

    @Test func `C modules are imported by their wrappers only`() {
        #expect(SourceTree.files.flatMap(ImportRules.strayModules) == [])
    }

    @Test func `Unsafe code stands only in the listed files, each use explained`() {
        #expect((SourceTree.sources + SourceTree.tests).flatMap { UnsafeRules.complaints(about: $0) } == [])
    }

    @Test func `Every file listed for unsafe code exists, and its purpose is said`() {
        let paths = Set(SourceTree.files.map(\.path))
        #expect(UnsafeRules.files.keys.filter { !paths.contains($0) } == [])
        #expect(UnsafeRules.files.values.allSatisfy { !$0.isEmpty })
    }

    @Test func `Claims that something may be shared are few`() {
        let claims = SourceTree.files.flatMap { file in
            UnsafeRules.claims(in: file.swift).map { file.complaint($0, file.swift.code[$0]) }
        }
        #expect(claims.count <= UnsafeRules.maximumClaims, "\(claims.joined(separator: "\n"))")
    }

    @Test func `No file is too long`() {
        #expect(SourceTree.files.flatMap(StyleRules.lengthComplaints) == [])
    }

    @Test func `No test sleeps`() {
        #expect(SourceTree.tests.flatMap(StyleRules.sleepComplaints) == [])
    }

    @Test func `Nothing is marked as unfinished`() throws {
        let package = SourceFile(path: "Package.swift", text: try SourceTree.text("Package.swift"))
        #expect((SourceTree.files + [package]).flatMap(StyleRules.markComplaints) == [])
    }

    @Test func `Every public type has a file of its name`() {
        #expect(SourceTree.sources.flatMap(StyleRules.typeComplaints) == [])
    }

    @Test func `What a build makes is not committed`() throws {
        #expect(StyleRules.missing([".build", "Package.resolved"], inGitignore: try SourceTree.text(".gitignore")) == [])
    }
}
