import Testing

@testable import RoadsteadMetrics

struct MetricFormatTests {
    static let wanted: [(header: String?, format: MetricFormat)] = [
        (nil, .prometheus),
        ("", .prometheus),
        ("*/*", .prometheus),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", .prometheus),
        ("text/plain", .prometheus),
        ("application/json", .prometheus),
        ("application/openmetrics-text", .openMetrics),
        ("Application/OpenMetrics-Text; Version=1.0.0; charset=utf-8", .openMetrics),
        ("application/openmetrics-text; version=\"1.0.0\"", .openMetrics),
        // What Prometheus 2.42 and 3 send.
        (
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            .openMetrics
        ),
        (
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=1.0.0;q=0.5,text/plain;q=0.3,*/*;q=0.2",
            .openMetrics
        ),
        ("application/openmetrics-text;version=0.0.1", .prometheus),
        ("application/openmetrics-text;q=0", .prometheus),
        ("application/openmetrics-text;q=0.5, text/plain", .prometheus),
        ("application/openmetrics-text;q=0.5, text/plain;q=0.1, */*", .openMetrics),
        ("application/openmetrics-text;q=0.5, */*", .prometheus),
        ("text/plain, application/openmetrics-text", .openMetrics),
        ("application/openmetrics-text;q=high", .prometheus),
        ("application/openmetrics-text;q=2", .prometheus),
        (",;,=;q", .prometheus),
    ]

    @Test(arguments: wanted)
    func `The Accept header decides`(header: String?, format: MetricFormat) {
        #expect(MetricFormat.negotiated(accept: header) == format)
    }

    @Test func `Content types name their version`() {
        #expect(MetricFormat.prometheus.contentType == "text/plain; version=0.0.4; charset=utf-8")
        #expect(MetricFormat.openMetrics.contentType == "application/openmetrics-text; version=1.0.0; charset=utf-8")
    }
}
