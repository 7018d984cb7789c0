import ArgumentParser
import RoadsteadGateway
import RoadsteadTLS
import Testing

@testable import roadstead

/// Swift Testing has an `ExitStatus` of its own.
private typealias Status = roadstead.ExitStatus

struct TerminalTests {
    @Test(arguments: [(0, Status.ok), (64, .badUsage), (2, .badUsage), (1, .failed), (70, .failed)] as [(Int32, Status)])
    func `Codes of the parser become codes of the program`(code: Int32, expected: roadstead.ExitStatus) {
        #expect(Status(parserCode: code) == expected)
    }

    @Test(arguments: [
        ["bogus"], ["check"], ["config"], ["config", "--defaults", "--config", "x"], ["serve", "--log-level", "loud"], ["connect"],
        ["connect", "ws://h", "--ca", "x", "--insecure"], ["connect", "ws://h", "--key", "x"],
        ["connect", "ws://h", "--subprotocol", "a b"],
        ["connect", "ws://h", "--wait", "5"], ["sessions", "--limit", "0"], ["sessions", "kick", "x", "--code", "1005"],
        ["sessions", "kick", "x", "--reason", String(repeating: "x", count: 124)], ["sessions", "--state", "new"],
    ])
    func `A wrong command line is bad usage`(arguments: [String]) {
        let error = #expect(throws: (any Error).self) { try Roadstead.parseAsRoot(arguments) }
        #expect(error.map { Status(parserCode: Roadstead.exitCode(for: $0).rawValue) } == .badUsage)
    }

    @Test(arguments: [
        ["serve"], ["serve", "-c", "x", "--loops", "2", "--log-level", "debug", "--log-format", "json"], ["check", "--config", "x"],
        ["config", "--reference"], ["certs", "--dir", "x", "--replace"], ["connect", "ws://h", "--wait", "500ms", "--header", "A: b"],
        ["sessions"], ["sessions", "--json", "--state", "all"], ["sessions", "show", "x"], ["sessions", "show", "--", "-x"],
        ["sessions", "kick", "x", "--reason", String(repeating: "x", count: 123)], ["upstreams", "--json"], ["version"],
    ])
    func `A right command line is taken`(arguments: [String]) {
        #expect(throws: Never.self) { try Roadstead.parseAsRoot(arguments) }
    }

    @Test(arguments: [
        (CommandError.gateway(.tls("x")), Status.badUsage), (.gateway(.system("x")), .failed), (.url("x", reason: "y"), .badUsage),
        (.file(path: "x", reason: "y"), .badUsage), (.unreachable(address: "x", reason: "y"), .failed),
        (.refused(status: 404, detail: "x"), .failed), (.certificates(.noCertificates), .failed),
    ])
    func `What the user got wrong ends with another code than what failed`(error: CommandError, expected: roadstead.ExitStatus) {
        #expect(error.status == expected)
        #expect(error.report.hasPrefix("roadstead: ") && error.report.hasSuffix("\n"))
    }

    @Test func `Cells are aligned, empty ones are dashes, and no line ends in spaces`() {
        var table = TextTable([.init(title: "A"), .init(title: "N", isNumber: true), .init(title: "LAST")])
        table.append(["long", "5", ""])
        table.append(["x\ny", "10", "z"])
        #expect(table.text == "A      N  LAST\nlong   5  -\nx\\ny  10  z\n")
    }

    @Test(arguments: [
        ("0", "0B"), ("1023", "1023B"), ("1024", "1KiB"), ("1536", "1.5KiB"), ("1048575", "1023.9KiB"), ("1048576", "1MiB"),
        ("5497558138880", "5TiB"), ("", ""), ("x", "x"),
    ])
    func `Sizes are shown in units`(digits: String, expected: String) {
        #expect(ByteCount.text(digits) == expected)
    }

    @Test(arguments: [
        (Duration.zero, "0ms"), (.microseconds(420), "0.42ms"), (.milliseconds(999), "999ms"), (.seconds(1), "1s"), (.seconds(20), "20s"),
        (.milliseconds(1250), "1.25s"), (.milliseconds(-1500), "-1.5s"),
    ])
    func `Durations are shown in milliseconds or seconds`(duration: Duration, expected: String) {
        #expect(duration.text == expected)
    }

    @Test(arguments: [
        ("500ms", Duration.milliseconds(500)), ("10s", .seconds(10)), ("2m", .seconds(120)), ("1h", .seconds(3600)), ("0s", .zero),
    ])
    func `Durations are read as configurations write them`(text: String, expected: Duration) {
        #expect(DurationArgument(argument: text)?.duration == expected)
    }

    @Test(arguments: ["", "5", "s", "-1s", "1.5s", "1 s", "1d", "9999999999h"])
    func `What is no duration is refused`(text: String) {
        #expect(DurationArgument(argument: text) == nil)
    }

    @Test func `Text from strangers stays on its line and cannot steer the terminal`() {
        #expect(TerminalText.escaped("a\tb\n\r\u{1B}[2J\u{9B}é") == "a\tb\\n\\r\\u001b[2J\\u009bé")
    }

    @Test(arguments: [
        ("user\u{202E}nimda", "user\\u202enimda"), ("\u{2066}a\u{2069}", "\\u2066a\\u2069"),
        ("a\u{200B}b\u{200D}\u{FEFF}", "a\\u200bb\\u200d\\ufeff"), ("\u{61C}\u{200F}", "\\u061c\\u200f"), ("\u{AD}", "\\u00ad"),
        ("\u{E0041}", "\\udb40\\udc41"), ("é😀\u{5E9}o\u{308}", "é😀\u{5E9}o\u{308}"),
    ])
    func `Text from strangers reads as it is written`(text: String, expected: String) {
        #expect(TerminalText.escaped(text) == expected)
    }

    @Test func `A greeting's command works when it is copied`() {
        let text = DevelopmentGreeting(program: ".build/release/roadstead").text(address: "127.0.0.1:9443", adminAddress: "127.0.0.1:1")
        #expect(text.contains(".build/release/roadstead connect wss://localhost:9443/echo --ca certs/ca.pem\n"))
        #expect(text.contains("http://127.0.0.1:1\n"))
        #expect(DevelopmentGreeting(program: "x").text(address: "a:1", adminAddress: "unix:/a").contains("  unix:/a\n"))
    }
}
