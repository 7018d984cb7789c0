import Testing

@testable import RoadsteadMetrics

struct MetricPageTests {
    /// One family of each kind, filled in an order that is not the page's.
    static var snapshot: MetricSnapshot {
        let cells = MetricCells()
        let other = MetricDefinition(name: "other_things_total", kind: .counter, help: "A \"quoted\" \\ help\ntext.")
        let size = MetricDefinition(name: "another_size_bytes", kind: .histogram(buckets: [0.5, 1]), help: "Sizes.", labels: ["route"])
        cells.add(7, to: cells.cell(other))
        let histogram = cells.cell(size, ["a"])
        for value in [0.25, 1, 2] { cells.observe(value, in: histogram) }
        cells.add(2, to: cells.cell(MetricCatalogue.messages, ["b", "sent"]))
        cells.add(1, to: cells.cell(MetricCatalogue.messages, ["a", "sent"]))
        cells.add(3, to: cells.cell(MetricCatalogue.messages, ["a", "received"]))
        cells.set(cells.cell(MetricCatalogue.sessions, ["a", "open"]), to: 1.5)
        return cells.snapshot()
    }

    @Test func `The Prometheus page has each family once, in order, with help and type`() {
        #expect(
            Self.snapshot.text(.prometheus) == #"""
                # HELP roadstead_sessions Sessions that exist now, by route and state.
                # TYPE roadstead_sessions gauge
                roadstead_sessions{route="a",state="open"} 1.5
                # HELP roadstead_messages_total Data messages received from and sent to clients.
                # TYPE roadstead_messages_total counter
                roadstead_messages_total{route="a",direction="received"} 3
                roadstead_messages_total{route="a",direction="sent"} 1
                roadstead_messages_total{route="b",direction="sent"} 2
                # HELP another_size_bytes Sizes.
                # TYPE another_size_bytes histogram
                another_size_bytes_bucket{route="a",le="0.5"} 1
                another_size_bytes_bucket{route="a",le="1"} 2
                another_size_bytes_bucket{route="a",le="+Inf"} 3
                another_size_bytes_sum{route="a"} 3.25
                another_size_bytes_count{route="a"} 3
                # HELP other_things_total A "quoted" \\ help\ntext.
                # TYPE other_things_total counter
                other_things_total 7

                """#)
    }

    @Test func `The OpenMetrics page names counter families without their suffix and says where it ends`() {
        #expect(
            Self.snapshot.text(.openMetrics) == #"""
                # HELP roadstead_sessions Sessions that exist now, by route and state.
                # TYPE roadstead_sessions gauge
                roadstead_sessions{route="a",state="open"} 1.5
                # HELP roadstead_messages Data messages received from and sent to clients.
                # TYPE roadstead_messages counter
                roadstead_messages_total{route="a",direction="received"} 3
                roadstead_messages_total{route="a",direction="sent"} 1
                roadstead_messages_total{route="b",direction="sent"} 2
                # HELP another_size_bytes Sizes.
                # TYPE another_size_bytes histogram
                another_size_bytes_bucket{route="a",le="0.5"} 1
                another_size_bytes_bucket{route="a",le="1.0"} 2
                another_size_bytes_bucket{route="a",le="+Inf"} 3
                another_size_bytes_sum{route="a"} 3.25
                another_size_bytes_count{route="a"} 3
                # HELP other_things A \"quoted\" \\ help\ntext.
                # TYPE other_things counter
                other_things_total 7
                # EOF

                """#)
    }

    @Test func `An empty page is empty, or nothing but its end`() {
        #expect(MetricSnapshot().text(.prometheus).isEmpty)
        #expect(MetricSnapshot().text(.openMetrics) == "# EOF\n")
    }

    @Test func `The order of counting and merging does not show on the page`() {
        let routes = (0..<20).map { "route\($0)" }
        func page(_ routes: [String]) -> String {
            let cells = MetricCells()
            for route in routes { cells.add(to: cells.cell(MetricCatalogue.sessionsOpened, [route])) }
            return cells.snapshot().text(.prometheus)
        }
        #expect(page(routes) == page(routes.reversed()))
        #expect(page(routes) == page(Array(routes[7...] + routes[..<7])))
    }

    @Test(arguments: [
        ("plain", "plain"), ("", ""), (#"a\b"#, #"a\\b"#), (#"a"b"#, #"a\"b"#), ("a\nb", #"a\nb"#), ("a\r\nb", "a\r\\nb"),
        (#"\n"#, #"\\n"#), ("ü🚢", "ü🚢"), ("a\u{301}\"", "a\u{301}\\\""), ("tab\t", "tab\t"),
    ])
    func `Label values are escaped`(value: String, escaped: String) {
        // Compared by scalars: Swift's strings are equal when they only look alike.
        #expect(Array(MetricPage.escapedLabel(value).unicodeScalars) == Array(escaped.unicodeScalars))
    }

    @Test(
        arguments: [
            (0, "0"), (-0.0, "0"), (1, "1"), (-3, "-3"), (0.5, "0.5"), (0.00005, "5e-05"), (1e15, "1000000000000000"),
            (9_007_199_254_740_992, "9007199254740992"), (1e300, "1e+300"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
            (1_700_000_000.25, "1700000000.25"),
        ] as [(Double, String)])
    func `Numbers are spelled as both formats read them`(value: Double, text: String) {
        #expect(MetricPage.number(value) == text)
    }
}
