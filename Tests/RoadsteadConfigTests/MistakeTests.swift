import Testing

@testable import RoadsteadConfig

@Suite struct MistakeTests {
    /// A text with one mistake, and what is said of it.
    struct Mistake: CustomTestStringConvertible {
        let text: String
        let place: String
        let words: [String]

        init(_ text: String, at place: String, _ words: String...) {
            self.text = text
            self.place = place
            self.words = words
        }

        var testDescription: String { text.split(separator: "\n").joined(separator: " ⏎ ") }
    }

    static let upstream = "upstreams: [{ name: a, endpoints: [\"ws://h:1\"] }]\n"
    static let route = "routes:\n  - name: r\n    echo: true\n"

    static let structure = [
        Mistake("lops: 1", at: "1:1", "unknown key \"lops\"", "did you mean \"loops\"?"),
        Mistake("zzzzzzzzz: 1", at: "1:1", "unknown key", "loops, listeners, admin"),
        Mistake("log:\n  levle: info", at: "2:3", "log.levle", "did you mean \"level\"?"),
        Mistake(route + "    heartbeat: { intervall: 1s }", at: "4:18", "routes[0].heartbeat.intervall", "did you mean \"interval\"?"),
        Mistake("log: [info]", at: "1:6", "log: found a list, expected a mapping with the keys level, format"),
        Mistake("log:", at: "1:1", "log: found nothing"),
        Mistake("listeners: { name: a }", at: "1:12", "found a mapping, expected list of mappings"),
        Mistake("listeners: [a]", at: "1:13", "listeners[0]: found \"a\", expected a mapping"),
        Mistake("listeners:\n  - address: \"[::1]:1\"", at: "2:5", "listeners[0].name: is missing"),
        Mistake("loops: [1]", at: "1:8", "found a list, expected integer"),
        Mistake("- loops", at: "1:1", "the file: found a list"),
        Mistake("loops: 1\n? [a]\n: 2", at: "2:3", "as a key"),
        Mistake("loops: 1\nloops: 2", at: "2:1", "\"loops\" is given twice, first at r.yaml:1:1"),
        Mistake("log: { level: info, \"level\": info }", at: "1:21", "\"level\" is given twice"),
        Mistake("log: { level: \"info }", at: "1:15", "malformed YAML"),
        Mistake("log:\n\tlevel: info", at: "2:1", "malformed YAML", "no tabs"),
        Mistake("log: *missing", at: "1:6", "malformed YAML", "alias"),
        Mistake("loops: 1\n---\nloops: 2", at: "2:1", "malformed YAML", "another document"),
        Mistake("loops: 1 # \u{1}", at: "1:12", "malformed YAML", "remove the character"),
    ]

    static let values = [
        Mistake("loops: many", at: "1:8", "found \"many\", expected integer, 0 to 1024", "write digits"),
        Mistake("loops: \"4\"", at: "1:8", "remove the quotes"),
        Mistake("loops: 1025", at: "1:8", "out of range"),
        Mistake("loops: -1", at: "1:8", "out of range"),
        Mistake("loops: 99999999999999999999", at: "1:8", "out of range"),
        Mistake("admin: { public_metrics: yes }", at: "1:26", "expected true or false", "write true or false"),
        Mistake("admin: { public_metrics: \"true\" }", at: "1:26", "remove the quotes"),
        Mistake("log: { level: inof }", at: "1:15", "did you mean info?"),
        Mistake("log: { format: xml }", at: "1:16", "one of logfmt, json"),
        Mistake("drain: { period: 20 }", at: "1:18", "the unit is missing, as in 20s"),
        Mistake("drain: { period: 2d }", at: "1:18", "`d` is not a unit"),
        Mistake("drain: { period: soon }", at: "1:18", "write a whole number and a unit"),
        Mistake("drain: { period: 25h }", at: "1:18", "out of range"),
        Mistake("drain: { period: 9999999999999999999h }", at: "1:18", "out of range"),
        Mistake("limits: { header: 16KB }", at: "1:19", "`KB` is not a unit", "KiB"),
        Mistake("limits: { header: 1023 }", at: "1:19", "1KiB to 1MiB", "out of range"),
        Mistake("limits: { header: 9999999999999GiB }", at: "1:19", "out of range"),
        Mistake("limits: { sessions: 0 }", at: "1:21", "out of range"),
        Mistake("upstreams: [{ name: a, endpoints: [\"ws://h:1\"], outlier: { maximum_ejected: 50 } }]", at: "1:77", "whole number and %"),
        Mistake("upstreams: [{ name: a, endpoints: [\"ws://h:1\"], outlier: { maximum_ejected: 101% } }]", at: "1:77", "out of range"),
        Mistake("upstreams: [{ name: a, endpoints: [\"ws://h:1\"], balance: hash:cookie:a }]", at: "1:58", "hash:query:NAME"),
        Mistake("upstreams: [{ name: a b, endpoints: [\"ws://h:1\"] }]", at: "1:21", "found \"a b\", expected name"),
        Mistake("upstreams: [{ name: a, endpoints: [\"http://h:1\"] }]", at: "1:36", "begins with ws://, wss:// or unix:/"),
        Mistake("upstreams: [{ name: a, endpoints: [\"ws://h:0\"] }]", at: "1:36", "port 0"),
        Mistake("upstreams: [{ name: a, endpoints: [\"ws://h:65536\"] }]", at: "1:36", "the port `65536`"),
        Mistake("upstreams: [{ name: a, endpoints: [\"ws://u:p@h\"] }]", at: "1:36", "user or password"),
        Mistake("upstreams: [{ name: a, endpoints: [\"ws://h/?q\"] }]", at: "1:36", "query"),
        Mistake("upstreams: [{ name: a, endpoints: [] }]", at: "1:35", "add at least one"),
        Mistake("upstreams: [{ name: a, endpoints: \"ws://h\" }]", at: "1:35", "expected list of", "or all in [ ]"),
        Mistake("listeners: [{ name: a, address: \"8443\" }]", at: "1:33", "neither an IP address nor a host name"),
        Mistake("listeners: [{ name: a, address: \":8443\" }]", at: "1:33", "the host is missing"),
        Mistake("listeners: [{ name: a, address: \"::1:8443\" }]", at: "1:33", "in brackets"),
        Mistake("listeners: [{ name: a, address: \"unix:a\" }]", at: "1:33", "absolute path"),
        Mistake("listeners: [{ name: a, trusted_proxies: [10.0.0.1/8] }]", at: "1:42", "bits set after the first 8"),
        Mistake("listeners: [{ name: a, trusted_proxies: [10.0.0.0/33] }]", at: "1:42", "0 to 32"),
        Mistake("listeners: [{ name: a, trusted_proxies: [office] }]", at: "1:42", "`office` is not an IP address"),
        Mistake(route + "    match: { path: chat }", at: "4:20", "it begins with /"),
        Mistake(route + "    match: { host: \"a.*\" }", at: "4:20", "before the first dot"),
        Mistake(route + "    origins: [\"https://a.example/\"]", at: "4:15", "remove the path"),
        Mistake(route + "    origins: [a.example]", at: "4:15", "the scheme is missing"),
        Mistake(route + "    subprotocols: [\"a b\"]", at: "4:20", "token"),
    ]

    static let relations = [
        Mistake("routes: [{ name: r }]", at: "1:10", "exactly one of `upstream: NAME` and `echo: true`"),
        Mistake(upstream + "routes: [{ name: r, echo: true, upstream: a }]", at: "2:10", "has both"),
        Mistake(upstream + "routes: [{ name: r, upstream: b }]", at: "2:31", "routes[0].upstream: found \"b\"", "did you mean \"a\"?"),
        Mistake("routes: [{ name: r, upstream: b }]", at: "1:31", "there are none; add it under upstreams"),
        Mistake(route + "    authentication: users", at: "4:21", "names none of authenticators"),
        Mistake(route + "  - { name: r, echo: true }", at: "4:13", "already that of routes[0]"),
        Mistake("listeners: [{ name: a }, { name: a, address: \"h:1\" }]", at: "1:34", "already that of listeners[0]"),
        Mistake("listeners: [{ name: a }, { name: b }]", at: "1:26", "already the address of listeners[0].address"),
        Mistake(upstream + "listeners: [{ name: b, address: \"127.0.0.1:9090\" }]", at: "2:33", "admin.address"),
        Mistake("upstreams: [{ name: a, endpoints: [\"ws://h:1\", \"ws://h:1\"] }]", at: "1:48", "twice"),
        Mistake("upstreams: [{ name: a, endpoints: [\"ws://h:1\"], tls: { key: k } }]", at: "1:54", "give both or neither"),
        Mistake("upstreams: [{ name: a, endpoints: [\"ws://h:1\"], pool: { maximum: 3, warm: 5 } }]", at: "1:75", "warm is 5"),
        Mistake("upstreams: [{ name: a, endpoints: [\"ws://h:1\"], reconnect: { initial: 11s } }]", at: "1:71", "maximum of 10s"),
        Mistake("drain: { spread: 31s }", at: "1:18", "the period of 30s"),
        Mistake("listeners: [{ name: a, tls: {} }]", at: "1:29", "certificates: is missing"),
        Mistake("listeners: [{ name: a, tls: { certificates: [] } }]", at: "1:45", "the list is empty"),
        Mistake("admin: { address: \"0.0.0.0:9090\" }", at: "1:19", "a token is needed; set admin.token_file"),
        Mistake("admin: { token_file: /nowhere/token }", at: "1:22", "does not exist"),
        Mistake("admin: { token_file: / }", at: "1:22", "cannot be read"),
        Mistake("admin: { token_file: /dev/null }", at: "1:22", "not a regular file"),
        Mistake(upstream.dropLast(4) + ", tls: { ca: /nowhere.pem } }]", at: "1:60", "the file `/nowhere.pem` does not exist"),
        Mistake(
            "listeners: [{ name: a, tls: { certificates: [{ certificate: a, key: b }], client_certificates: { mode: optional } } }]",
            at: "1:96",
            "client_certificates.ca: is empty, but mode is optional"),
        Mistake(
            "listeners: [{ name: a, tls: { certificates: [{ certificate: \"\", key: b }] } }]", at: "1:61", "give the path of a PEM file"),
        Mistake("authenticators: [{ name: a }]", at: "1:18", "authenticators[0].jwt: is missing"),
        Mistake("authenticators: [{ name: a, jwt: {} }]", at: "1:34", "give it keys or a jwks_file"),
        Mistake("loops: ${UNSET_LOOPS}", at: "1:8", "UNSET_LOOPS is not set"),
        Mistake("log: { level: \"${\" }", at: "1:15", "`${` without `}`"),
        Mistake("log: { level: \"${A-B}\" }", at: "1:15", "found ${A-B}, expected the name"),
    ]

    @Test(arguments: structure + values + relations)
    func `a mistake is told once, where it stands, with what was found and what to do`(_ mistake: Mistake) throws {
        let told = problems(mistake.text)
        try #require(told.count == 1, "\(told)")
        #expect(told[0].hasPrefix("r.yaml:\(mistake.place): "), "\(told[0])")
        for words in mistake.words {
            #expect(told[0].contains(words), "\(told[0])")
        }
    }

    @Test func `all mistakes of a file are told at once, in its order`() {
        let text = """
            loops: 9999
            loops: 3
            lisseners: []
            routes:
              - name: r
                name: s
                upstream: chat
                heartbeat: { interval: 20, timeout: "${T}" }
            log: { level: loud }
            """
        let told = problems(text, environment: ["ROADSTEAD_DRAIN_PERIOD": "long", "ROADSTEAD_LOG_LEVLE": "info"])
        let places = told.map { $0.prefix { $0 != " " } }
        #expect(
            places == [
                "r.yaml:1:8:", "r.yaml:2:1:", "r.yaml:3:1:", "r.yaml:6:5:", "r.yaml:7:15:", "r.yaml:8:28:", "r.yaml:8:41:", "r.yaml:9:15:",
                "environment", "environment",
            ])
    }

    @Test func `what follows from a mistake is not told as another`() {
        let told = problems(
            """
            upstreams: [{ name: "c hat", endpoints: ["tcp://h:1"] }]
            routes: [{ name: r, upstream: chat }, { name: s, echo: maybe }]
            drain: { period: never, spread: 60s }
            admin: { address: "0.0.0.0:1", token_file: /nowhere/token }
            """)
        #expect(told.count == 5, "\(told)")
    }

    @Test func `every duplicate of a file is told, wherever it stands`() {
        let text =
            "# ü€😀\r\nlog: { level: info, \"level\": info }\r\ndrain:\r\n  period: 30s\r\n  'period': 30s\r\n  period: 30s\r\nlog: {}\r\n"
        let told = problems(text)
        #expect(told.map { $0.prefix { $0 != " " } } == ["r.yaml:2:21:", "r.yaml:5:3:", "r.yaml:6:3:", "r.yaml:7:1:"])
        #expect(told.allSatisfy { $0.contains("is given twice") })
    }

    @Test func `a token that no header can carry is told`() throws {
        let directory = try TemporaryDirectory()
        let token = try directory.write("two words\n", to: "token")
        let told = problems("admin: { token_file: \(token) }")
        #expect(told.count == 1 && told[0].hasPrefix("r.yaml:1:22: admin.token_file: the token in \(token) has spaces"))
    }

    @Test func `a secret's file without a secret is told`() throws {
        let directory = try TemporaryDirectory()
        let token = try directory.write("\n", to: "token")
        let told = problems("admin: { token_file: \(token) }")
        #expect(told.count == 1 && told[0].hasPrefix("r.yaml:1:22: ") && told[0].contains("the file is empty"))
    }

    @Test func `a file that is cut off anywhere is read or refused, with mistakes that lie in it`() throws {
        let text = Configuration.commentedDefaultYAML()
        let lines = text.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("#") }.joined(separator: "\n")
        for length in 0...lines.utf8.count {
            let part = String(decoding: lines.utf8.prefix(length), as: UTF8.self)
            guard case .failure(let failure) = load(part) else { continue }
            let count = part.split(separator: "\n", omittingEmptySubsequences: false).count
            // Where the file ends too early, the mistake may be told at the line after it.
            #expect(failure.errors.allSatisfy { (1...count + 1).contains($0.line) && $0.column >= 1 }, "cut at \(length): \(failure)")
        }
    }

    @Test func `a certificate that does not fit is told in the words of who looked`() {
        let outcome = Configuration.load(
            text: "listeners:\n  - name: a\n    tls:\n      certificates: [{ certificate: c.pem, key: k.pem }]\n", name: "r.yaml",
            environment: [:], certificateProblem: { "the key \($1) does not fit \($0)" })
        let place = "r.yaml:4:37: listeners[0].tls.certificates[0].certificate"
        guard case .failure(let failure) = outcome else { return #expect(Bool(false), "accepted") }
        #expect(failure.description == "\(place): the key k.pem does not fit c.pem")
    }

    @Test func `other values of TLS are told in the words of who looked, at their own places`() throws {
        let directory = try TemporaryDirectory()
        let authority = try directory.write("no certificate", to: "ca.pem")
        let text = """
            listeners:
              - name: a
                tls:
                  certificates: [{ certificate: c.pem, key: k.pem, ocsp: c.ocsp }]
                  ciphers: NONE
                  client_certificates: { mode: optional, ca: "\(authority)" }
            routes: [{ name: a, match: { path: /a }, upstream: a }]
            upstreams:
              - name: a
                endpoints: ["wss://a:1"]
                tls: { ca: "\(authority)" }

            """
        let outcome = Configuration.load(text: text, name: "r.yaml", environment: [:], certificateProblem: { _, _ in nil }) { "\($0)" }
        guard case .failure(let failure) = outcome else { return #expect(Bool(false), "accepted") }
        #expect(
            failure.errors.map(\.description) == [
                "r.yaml:4:62: listeners[0].tls.certificates[0].ocsp: staple(path: \"c.ocsp\", certificate: \"c.pem\")",
                "r.yaml:5:16: listeners[0].tls.ciphers: ciphers(\"NONE\")",
                "r.yaml:6:50: listeners[0].tls.client_certificates.ca: authority(path: \"\(authority)\")",
                "r.yaml:11:16: upstreams[0].tls.ca: authority(path: \"\(authority)\")",
            ])
    }

    @Test func `an authority that cannot be read at all is told once`() {
        let text = """
            listeners:
              - name: a
                tls:
                  certificates: [{ certificate: c.pem, key: k.pem }]
                  client_certificates: { mode: optional, ca: /nowhere/ca.pem }

            """
        let outcome = Configuration.load(text: text, name: "r.yaml", environment: [:], certificateProblem: { _, _ in nil }) { "\($0)" }
        guard case .failure(let failure) = outcome else { return #expect(Bool(false), "accepted") }
        #expect(failure.errors.count == 1 && failure.errors[0].message.contains("does not exist"), "\(failure)")
    }

    @Test func `a file that is not there or not UTF-8 is told with its name`() throws {
        let missing = Configuration.load(path: "/nowhere/r.yaml", environment: [:], certificateProblem: { _, _ in nil })
        #expect(throws: ConfigurationErrors.self) { try missing.get() }
        guard case .failure(let failure) = missing else { return }
        #expect(failure.description.hasPrefix("/nowhere/r.yaml:1:1: the file does not exist"))
    }

    @Test func `aliases that multiply a file are cut off`() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...6 {
            let names = repeatElement("*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(names)]\n"
        }
        #expect(problems(text).contains { $0.contains("more than 100000 values") })
    }
}
