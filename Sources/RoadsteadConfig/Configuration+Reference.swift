extension Configuration {
    /// The page docs/configuration.md.
    public static func referenceMarkdown() -> String {
        var page = ReferencePage()
        return page.render(fields.map(\.description))
    }
}
