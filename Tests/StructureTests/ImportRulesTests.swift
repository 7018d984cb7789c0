import Testing

struct ImportRulesTests {
    @Test(
        arguments: [
            ("import Glibc", ["Glibc"]),
            ("@testable import RoadsteadWire", ["RoadsteadWire"]),
            ("@_exported public import Foundation", ["Foundation"]),
            ("import struct Foundation.Data", ["Foundation"]),
            ("private import func Glibc.read", ["Glibc"]),
            ("  import A; import B", ["A", "B"]),
            ("@preconcurrency import A", ["A"]),
            ("// import A", []),
            ("let a = \"import A\"", []),
            ("/*\nimport A\n*/", []),
            ("#if canImport(A)", []),
            ("let important = importer", []),
        ] as [(String, [String])])
    func `Imports are found`(text: String, modules: [String]) {
        #expect(ImportRules.imports(in: SourceFile(path: "a.swift", text: text)).map(\.module) == modules)
    }

    /// A file's path, a module that it imports, and whether it may.
    static let judged: [(path: String, module: String, isAllowed: Bool)] = [
        ("Sources/RoadsteadWire/A.swift", "Foundation", false),
        ("Sources/RoadsteadWire/A.swift", "Glibc", false),
        ("Sources/RoadsteadWire/A.swift", "RoadsteadMachines", false),
        ("Sources/RoadsteadMachines/A.swift", "RoadsteadWire", false),
        ("Sources/RoadsteadMetrics/A.swift", "Glibc", true),
        ("Sources/RoadsteadMetrics/A.swift", "Foundation", false),
        ("Sources/RoadsteadLoop/A.swift", "CLinux", true),
        ("Sources/RoadsteadLoop/A.swift", "RoadsteadTLS", false),
        ("Sources/RoadsteadLoop/A.swift", "Logging", false),
        ("Sources/RoadsteadTLS/A.swift", "COpenSSL", true),
        ("Sources/RoadsteadTLS/A.swift", "Foundation", false),
        ("Sources/RoadsteadTLS/A.swift", "CLinux", false),
        ("Sources/RoadsteadConfig/A.swift", "Yams", true),
        ("Sources/RoadsteadConfig/A.swift", "RoadsteadLoop", false),
        ("Sources/RoadsteadGateway/A.swift", "RoadsteadTLS", true),
        ("Sources/RoadsteadGateway/A.swift", "Foundation", false),
        ("Sources/RoadsteadGateway/Admin.swift", "Foundation", false),
        ("Sources/RoadsteadGateway/Admin/A.swift", "Foundation", true),
        ("Sources/RoadsteadGateway/Admin/Pages/A.swift", "Foundation", true),
        ("Sources/RoadsteadGateway/Session/A.swift", "Foundation", false),
        ("Sources/RoadsteadGateway/Admin/A.swift", "Yams", false),
        ("Sources/RoadsteadGateway/A.swift", "COpenSSL", false),
        ("Sources/roadstead/A.swift", "ArgumentParser", true),
        ("Sources/roadstead/A.swift", "COpenSSL", false),
        ("Sources/Unheard/A.swift", "Glibc", false),
    ]

    @Test(arguments: judged)
    func `The rules tell what a file may import`(path: String, module: String, isAllowed: Bool) {
        let file = SourceFile(path: path, text: "// A file.\nimport \(module)\n")
        #expect(ImportRules.complaints(about: file).isEmpty == isAllowed)
    }

    @Test func `A complaint names file, line, target and module`() {
        let file = SourceFile(path: "Sources/RoadsteadWire/A.swift", text: "\nimport Foundation")
        #expect(ImportRules.complaints(about: file) == ["Sources/RoadsteadWire/A.swift:2: RoadsteadWire must not import Foundation"])
    }

    @Test(arguments: [
        ("Sources/RoadsteadLoop/A.swift", "CLinux", true),
        ("Tests/RoadsteadLoopTests/A.swift", "CLinux", true),
        ("Tests/RoadsteadGatewayTests/A.swift", "CLinux", false),
        ("Sources/RoadsteadLoop/A.swift", "COpenSSL", false),
        ("Sources/roadstead/A.swift", "CZlib", false),
        ("Tests/StructureTests/A.swift", "Foundation", true),
    ])
    func `C modules stay with their wrapper and its tests`(path: String, module: String, isAllowed: Bool) {
        let file = SourceFile(path: path, text: "import \(module)")
        #expect(ImportRules.strayModules(in: file).isEmpty == isAllowed)
    }
}
