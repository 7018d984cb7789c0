/// Writes the reference of all keys as Markdown.
struct ReferencePage {
    private var lines: [String] = []

    /// The page for the keys of the whole configuration.
    mutating func render(_ fields: [FieldDescription]) -> String {
        lines = [Self.introduction]
        add("## Top level", "")
        table(of: fields, path: "", isInList: false)
        sections(of: fields, path: "", isInList: false)
        return lines.joined(separator: "\n") + "\n"
    }

    private mutating func sections(of fields: [FieldDescription], path: String, isInList: Bool) {
        for field in fields {
            guard let children = field.shape.children else { continue }
            var isList = false
            if case .list = field.shape { isList = true }
            let place = "\(path)\(field.key)\(isList ? "[]" : "")"
            add("", "## `\(place)`", "", "\(field.purpose) \(field.advice)", "")
            if let note = field.effectNote { add("**\(Self.sentence(note))**", "") }
            table(of: children, path: "\(place).", isInList: isInList || isList)
            sections(of: children, path: "\(place).", isInList: isInList || isList)
        }
    }

    private mutating func table(of fields: [FieldDescription], path: String, isInList: Bool) {
        add("| Key | Type | Default | What it does, and when to change it |", "| --- | --- | --- | --- |")
        for field in fields {
            let place = "\(path)\(field.key)"
            var text = "\(field.purpose) \(field.advice)"
            if let note = field.effectNote { text += " **\(Self.sentence(note))**" }
            if !isInList, field.shape.children == nil, Overlay.keys.contains(place) { text += " `\(Overlay.variable(for: place))`" }
            let usual = field.isRequired ? "required" : field.defaultText.map { "`\($0)`" } ?? Self.absence(of: field.shape)
            add("| `\(field.key)` | \(Self.cell(Self.type(of: field, at: place))) | \(usual) | \(Self.cell(text)) |")
        }
    }

    private mutating func add(_ added: String...) {
        lines += added
    }

    private static func type(of field: FieldDescription, at place: String) -> String {
        guard field.shape.children != nil else { return field.shape.typeName }
        if case .list = field.shape { return "list of [sections](#\(anchor(place)))" }
        return "[section](#\(anchor(place)))"
    }

    /// The anchor that renderers give to the heading of a section: letters, digits, `-` and `_` stay.
    private static func anchor(_ place: String) -> String {
        place.filter { $0.isLetter || $0.isNumber || $0 == "_" }
    }

    private static func absence(of shape: ValueShape) -> String {
        switch shape {
        case .section(let fields) where !fields.contains(where: \.isRequired): "its defaults"
        case .scalar, .section, .list: "absent"
        }
    }

    private static func cell(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }

    private static func sentence(_ note: String) -> String {
        "\(note.prefix(1).uppercased())\(note.dropFirst())."
    }

    private static let introduction = """
        # Configuration

        *This page is generated from the code; a test holds the two together.*

        A gateway is configured by one YAML file: `roadstead serve --config FILE`. `roadstead check --config FILE` tells everything
        that is wrong with it, `roadstead config --config FILE` prints it with every default filled in, and
        `roadstead config --defaults` prints a commented file to begin with.

        - **Precedence.** The file gives way to environment variables, and those to flags. Each key outside lists that holds one value has
          a variable, named below beside it. An unknown variable that begins with `ROADSTEAD_` is an error.
        - **Variables in values.** `${NAME}` takes an environment variable, which must be set; `$$` is one `$`. Inside `{ }` and
          `[ ]` it stands in quotes.
        - **Durations** are a whole number and a unit: `500ms`, `20s`, `5m`, `1h`. **Sizes** are bytes: `65536`, `64KiB`, `1MiB`, `1GiB`.
        - **Secrets** are read from files, by the keys that end in `_file`; a newline at the end of the file is not part of the secret.
        - **Paths** are relative to the working directory.
        - **Mistakes** (unknown or duplicate keys, wrong types, values out of range, files that cannot be read, names that nothing has)
          are errors, all told at once as `FILE:LINE:COLUMN: message`. Nothing is ignored.
        - **No effect yet.** A key marked so is read and checked, and a warning at start says that it was set.

        """
}
