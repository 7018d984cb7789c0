import Foundation
import FuzzTargets
import Testing

/// What the fuzzer begins with, and what it found: run each time.
@Suite("Seeds")
struct SeedTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Seeds")

    @Test("every target has seeds, and every folder of seeds a target")
    func folders() throws {
        let found = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path()).filter { !$0.hasPrefix(".") }
        #expect(Set(found) == Set(FuzzTarget.allCases.map(\.rawValue)))
    }

    @Test("a target has nothing against its seeds, nor against what is left of them when they are cut", arguments: FuzzTarget.allCases)
    func run(_ target: FuzzTarget) throws {
        let files = try FileManager.default.contentsOfDirectory(
            at: Self.folder.appending(path: target.rawValue), includingPropertiesForKeys: nil)
        #expect(!files.isEmpty)
        for file in files {
            let bytes = Array(try Data(contentsOf: file))
            target.run(bytes)
            for end in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 20)) { target.run(Array(bytes[..<end])) }
        }
    }
}
