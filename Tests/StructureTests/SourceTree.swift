import Foundation

/// The package as it lies on the disk around this file.
enum SourceTree {
    /// The folder with `Package.swift`.
    static let root: URL = {
        var folder = URL(filePath: #filePath).deletingLastPathComponent()
        while !FileManager.default.fileExists(atPath: folder.appending(path: "Package.swift").path) {
            precondition(folder.path != "/", "Package.swift is in no folder above \(#filePath).")
            folder.deleteLastPathComponent()
        }
        return folder
    }()

    /// All Swift, C and header files below `Sources` and `Tests`, in the order of their paths.
    static let files: [SourceFile] = ["Sources", "Tests"].flatMap(files(under:)).sorted { $0.path < $1.path }

    /// The Swift files below `Sources`.
    static let sources = files.filter { $0.path.hasPrefix("Sources/") && $0.path.hasSuffix(".swift") }
    /// The Swift files below `Tests`.
    static let tests = files.filter { $0.path.hasPrefix("Tests/") && $0.path.hasSuffix(".swift") }

    /// The text of a file at `path` below the root.
    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// The names of the folders below `path`.
    static func folders(in path: String) throws -> [String] {
        let folder = root.appending(path: path)
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: [.isDirectoryKey])
            .filter { try $0.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true }.map(\.lastPathComponent).sorted()
    }

    private static func files(under folder: String) -> [SourceFile] {
        let paths = FileManager.default.enumerator(atPath: root.appending(path: folder).path)?.compactMap { $0 as? String } ?? []
        return paths.filter { path in [".swift", ".c", ".h"].contains(where: path.hasSuffix) }.map { path in
            let path = "\(folder)/\(path)"
            guard let text = try? text(path) else { preconditionFailure("\(path) can't be read as UTF-8.") }
            return SourceFile(path: path, text: text)
        }
    }
}
