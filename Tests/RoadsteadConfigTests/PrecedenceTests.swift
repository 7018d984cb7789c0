import Testing

@testable import RoadsteadConfig

@Suite struct PrecedenceTests {
    @Test func `the file gives way to the environment, and that to flags`() throws {
        let text = "log: { level: debug, format: json }\nloops: 1\n"
        let environment = ["ROADSTEAD_LOG_LEVEL": "error", "ROADSTEAD_LOOPS": "2", "PATH": "/bin"]
        #expect(try loaded(text).configuration.log.level == .debug)
        let configuration = try loaded(text, environment: environment, overrides: ["log.level": "trace"]).configuration
        #expect(configuration.log.level == .trace)
        #expect(configuration.log.format == .json)
        #expect(configuration.loops == 2)
    }

    @Test func `every scalar key outside lists has a variable`() {
        #expect(
            Overlay.keys.map(Overlay.variable) == [
                "ROADSTEAD_LOOPS", "ROADSTEAD_ADMIN_ADDRESS", "ROADSTEAD_ADMIN_TOKEN_FILE", "ROADSTEAD_ADMIN_PUBLIC_METRICS",
                "ROADSTEAD_LIMITS_SESSIONS", "ROADSTEAD_LIMITS_SESSIONS_PER_ADDRESS", "ROADSTEAD_LIMITS_HEADER",
                "ROADSTEAD_LIMITS_MEMORY", "ROADSTEAD_DRAIN_PERIOD", "ROADSTEAD_DRAIN_SPREAD", "ROADSTEAD_LOG_LEVEL",
                "ROADSTEAD_LOG_FORMAT",
            ])
    }

    @Test func `mistakes in variables and flags are told with their names`() {
        #expect(
            problems("", environment: ["ROADSTEAD_LOG_LEVLE": "info"]) == [
                "environment ROADSTEAD_LOG_LEVLE: no key has this name; the nearest is ROADSTEAD_LOG_LEVEL: rename or unset it"
            ])
        #expect(
            problems("", environment: ["ROADSTEAD_LOOPS": "two"]) == [
                "environment ROADSTEAD_LOOPS: loops: found \"two\", expected integer, 0 to 1024; 0 is one per core; write digits only"
            ])
        #expect(
            problems("", overrides: ["log.levle": "info"]) == [
                "flag for log.levle: no key outside lists has this name; the nearest is log.level"
            ])
        #expect(problems("", overrides: ["log.level": "loud"])[0].hasPrefix("flag for log.level: log.level: found \"loud\""))
    }

    @Test func `a value from outside replaces one in the file that is wrong`() throws {
        #expect(try loaded("loops: many", environment: ["ROADSTEAD_LOOPS": "3"]).configuration.loops == 3)
    }

    @Test(arguments: [
        ("${LEVEL}", "debug"), ("\"${LEVEL}\"", "debug"), ("de${END}", "debug"), ("${NONE}debug${NONE}", "debug"),
    ])
    func `a variable stands for its value anywhere in a scalar`(_ written: String, _ level: String) throws {
        let environment = ["LEVEL": "debug", "END": "bug", "NONE": ""]
        #expect(try loaded("log:\n  level: \(written)\n", environment: environment).configuration.log.level.rawValue == level)
    }

    @Test func `a quoted variable may hold a number`() throws {
        #expect(try loaded("loops: \"${N}\"", environment: ["N": "4"]).configuration.loops == 4)
    }

    @Test(arguments: [("$$", "$"), ("$${A}", "${A}"), ("a$b", "a$b"), ("$", "$"), ("$$$$", "$$"), ("${A}$$${A}", "1$1")])
    func `dollars are written twice, or once where no brace follows`(_ written: String, _ expanded: String) {
        #expect(Substitution.expand(written, environment: ["A": "1"]) == .success(expanded))
    }
}
