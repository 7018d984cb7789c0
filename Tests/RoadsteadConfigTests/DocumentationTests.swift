import FoundationEssentials
import Testing

@testable import RoadsteadConfig

@Suite struct DocumentationTests {
    @Test func `the committed reference page is the one that the code makes`() throws {
        let path = "\(packageDirectory)/docs/configuration.md"
        let page = Configuration.referenceMarkdown()
        if ProcessInfo.processInfo.environment["UPDATE_DOCS"] != nil {
            try Data(page.utf8).write(to: URL(filePath: path))
        }
        let committed = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        #expect(committed == page, "Run the tests once with UPDATE_DOCS=1 and commit docs/configuration.md.")
    }
}
