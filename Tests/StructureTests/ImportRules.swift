/// Who may import what: imports go downward only, and the pure layers import nothing of the system.
enum ImportRules {
    /// One target under `Sources`.
    struct Rule {
        let target: String
        /// The modules that its files may import.
        let modules: Set<String>
        /// Modules that only the files of one of its folders may import.
        var folder: (name: String, modules: Set<String>)?
    }

    /// Every target with Swift in it. A new target needs a line here.
    static let rules: [Rule] = [
        Rule(target: "RoadsteadWire", modules: ["Synchronization"]),
        Rule(target: "RoadsteadMachines", modules: ["Synchronization"]),
        Rule(target: "RoadsteadTLS", modules: ["COpenSSL", "Glibc"]),
        Rule(target: "RoadsteadDeflate", modules: ["CZlib"]),
        Rule(target: "RoadsteadLoop", modules: ["CLinux", "Glibc", "Synchronization"]),
        Rule(target: "RoadsteadConfig", modules: ["Yams", "Foundation", "FoundationEssentials", "Glibc"]),
        Rule(target: "RoadsteadMetrics", modules: ["Glibc", "Synchronization"]),
        Rule(
            target: "RoadsteadGateway",
            modules: [
                "RoadsteadWire", "RoadsteadMachines", "RoadsteadTLS", "RoadsteadDeflate", "RoadsteadLoop", "RoadsteadConfig",
                "RoadsteadMetrics", "Logging", "Synchronization", "Glibc",
            ],
            folder: ("Admin", ["Foundation"])),
        Rule(
            target: "roadstead",
            modules: [
                "RoadsteadWire", "RoadsteadMachines", "RoadsteadTLS", "RoadsteadLoop", "RoadsteadConfig", "RoadsteadMetrics",
                "RoadsteadGateway", "ArgumentParser", "Logging", "Synchronization", "Foundation", "Glibc",
            ]),
    ]

    /// The one target that may see each C module; its tests may too.
    static let wrappers: [String: String] = ["CLinux": "RoadsteadLoop", "COpenSSL": "RoadsteadTLS", "CZlib": "RoadsteadDeflate"]

    /// The modules that a file imports and the lines on which it does, counted from 0.
    static func imports(in file: SourceFile) -> [(line: Int, module: String)] {
        let kinds: Set = ["struct", "class", "enum", "protocol", "actor", "func", "var", "let", "typealias"]
        var found: [(line: Int, module: String)] = []
        for (line, code) in file.swift.code.enumerated() where code.contains("import") {
            for statement in code.split(separator: ";") {
                let words = SwiftText.words(String(statement))
                // Attributes and access levels may come before; `canImport` and names such as `important` are other words.
                guard let start = words.firstIndex(of: "import") else { continue }
                if let module = words[(start + 1)...].first(where: { !kinds.contains($0) }) { found.append((line, module)) }
            }
        }
        return found
    }

    /// What is wrong with the imports of a file under `Sources`.
    static func complaints(about file: SourceFile, rules: [Rule] = rules) -> [String] {
        let parts = file.path.split(separator: "/").map(String.init)
        guard parts.count > 2, let rule = rules.first(where: { $0.target == parts[1] }) else {
            return [file.complaint(0, "no rule says what this target may import; add one to ImportRules.rules")]
        }
        var allowed = rule.modules
        if let folder = rule.folder, parts[2] == folder.name, parts.count > 3 { allowed.formUnion(folder.modules) }
        return imports(in: file).filter { !allowed.contains($0.module) }
            .map { file.complaint($0.line, "\(rule.target) must not import \($0.module)") }
    }

    /// C modules that a file imports though it belongs neither to their wrapper nor to its tests.
    static func strayModules(in file: SourceFile) -> [String] {
        let target = file.path.split(separator: "/").dropFirst().first.map(String.init)
        return imports(in: file).compactMap { line, module in
            guard let wrapper = wrappers[module], target != wrapper, target != "\(wrapper)Tests" else { return nil }
            return file.complaint(line, "only \(wrapper) may import \(module)")
        }
    }
}
