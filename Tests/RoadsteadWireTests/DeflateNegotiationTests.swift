import RoadsteadWire
import Testing

@Suite("Negotiation of permessage-deflate")
struct DeflateNegotiationTests {
    struct Offered: Sendable {
        var what: String
        var takeover = false
        var bits = 12
        var offer: String
        /// The answer; nil for none.
        var answer: String?
    }

    private static let none = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

    /// RFC 7692 sections 5.1 and 7.1, a row a rule.
    static let offered: [Offered] = [
        Offered(what: "another extension", offer: "x-webkit-deflate-frame", answer: nil),
        Offered(what: "a name in other letters is another name", offer: "Permessage-Deflate", answer: nil),
        Offered(what: "the bare offer (Firefox)", offer: "permessage-deflate", answer: none + "; server_max_window_bits=12"),
        Offered(
            what: "the bare offer, with takeover", takeover: true, offer: "permessage-deflate",
            answer: "permessage-deflate; server_max_window_bits=12"),
        Offered(what: "nothing to ask for", takeover: true, bits: 15, offer: "permessage-deflate", answer: "permessage-deflate"),
        Offered(
            what: "Chromium, Node ws and undici", offer: "permessage-deflate; client_max_window_bits",
            answer: none + "; server_max_window_bits=12; client_max_window_bits=12"),
        Offered(
            what: "Python websockets", offer: "permessage-deflate; server_max_window_bits=12; client_max_window_bits=12",
            answer: none + "; server_max_window_bits=12; client_max_window_bits=12"),
        Offered(
            what: "aiohttp", bits: 15, offer: "permessage-deflate; client_max_window_bits", answer: none + "; client_max_window_bits=15"),
        // Section 7.1.1.1: the answer has it if the offer has it.
        Offered(
            what: "server_no_context_takeover", takeover: true, bits: 15, offer: "permessage-deflate; server_no_context_takeover",
            answer: "permessage-deflate; server_no_context_takeover"),
        Offered(what: "server_no_context_takeover with a value", offer: "permessage-deflate; server_no_context_takeover=1", answer: nil),
        // Section 7.1.1.2.
        Offered(
            what: "client_no_context_takeover", takeover: true, bits: 15, offer: "permessage-deflate; client_no_context_takeover",
            answer: "permessage-deflate; client_no_context_takeover"),
        Offered(what: "client_no_context_takeover with a value", offer: "permessage-deflate; client_no_context_takeover=x", answer: nil),
        // Section 7.1.2.1: the same or a smaller window.
        Offered(
            what: "a server window below ours", takeover: true, offer: "permessage-deflate; server_max_window_bits=9",
            answer: "permessage-deflate; server_max_window_bits=9"),
        Offered(
            what: "a server window above ours", takeover: true, offer: "permessage-deflate; server_max_window_bits=15",
            answer: "permessage-deflate; server_max_window_bits=12"),
        Offered(
            what: "the largest server window must be answered too", takeover: true, bits: 15,
            offer: "permessage-deflate; server_max_window_bits=15", answer: "permessage-deflate; server_max_window_bits=15"),
        Offered(what: "a server window that zlib has not", offer: "permessage-deflate; server_max_window_bits=8", answer: nil),
        Offered(what: "a server window without a value", offer: "permessage-deflate; server_max_window_bits", answer: nil),
        // Section 7.1.2.2: a value or none; the answer only if the offer has it.
        Offered(
            what: "a client window below ours", takeover: true, bits: 15, offer: "permessage-deflate; client_max_window_bits=10",
            answer: "permessage-deflate; client_max_window_bits=10"),
        Offered(
            what: "a client window above ours", takeover: true, offer: "permessage-deflate; client_max_window_bits=15",
            answer: "permessage-deflate; server_max_window_bits=12; client_max_window_bits=12"),
        Offered(
            what: "the smallest client window can be inflated", takeover: true, bits: 15,
            offer: "permessage-deflate; client_max_window_bits=8", answer: "permessage-deflate; client_max_window_bits=8"),
        Offered(
            what: "a quoted value", takeover: true, bits: 15, offer: "permessage-deflate; client_max_window_bits=\"10\"",
            answer: "permessage-deflate; client_max_window_bits=10"),
        // Section 7.1.2: 8 to 15, without leading zeros.
        Offered(what: "bits too small", offer: "permessage-deflate; client_max_window_bits=7", answer: nil),
        Offered(what: "bits too large", offer: "permessage-deflate; server_max_window_bits=16", answer: nil),
        Offered(what: "a leading zero", offer: "permessage-deflate; server_max_window_bits=09", answer: nil),
        Offered(what: "a sign", offer: "permessage-deflate; server_max_window_bits=+9", answer: nil),
        Offered(what: "no number", offer: "permessage-deflate; client_max_window_bits=ten", answer: nil),
        // Section 7.1: unknown or repeated parameters decline an offer, and the next one is tried.
        Offered(what: "an unknown parameter", offer: "permessage-deflate; unknown", answer: nil),
        Offered(what: "a parameter twice", offer: "permessage-deflate; client_max_window_bits; client_max_window_bits=10", answer: nil),
        Offered(what: "a flag twice", offer: "permessage-deflate; server_no_context_takeover; server_no_context_takeover", answer: nil),
        Offered(
            what: "a window twice", offer: "permessage-deflate; server_max_window_bits=10; server_max_window_bits=10", answer: nil),
        Offered(
            what: "the next offer is tried", takeover: true, bits: 15,
            offer: "permessage-deflate; server_max_window_bits=8, x-foo, permessage-deflate; a=b, "
                + "permessage-deflate; client_no_context_takeover, permessage-deflate",
            answer: "permessage-deflate; client_no_context_takeover"),
    ]

    @Test("a server answers the first offer that it can meet", arguments: offered)
    func answered(_ row: Offered) throws {
        let policy = DeflatePolicy(sendsWithTakeover: row.takeover, receivesWithTakeover: row.takeover, windowBits: row.bits)
        let extensions = try #require(WebSocketExtension.list(in: ["Sec-WebSocket-Extensions": row.offer]))
        #expect(policy.answer(to: extensions)?.text == row.answer, "\(row.what)")
    }

    @Test("takeover of either side is a matter of its own")
    func sides() {
        let offer = [WebSocketExtension("permessage-deflate")]
        let sends = DeflatePolicy(sendsWithTakeover: true, receivesWithTakeover: false, windowBits: 15).answer(to: offer)
        #expect(sends?.text == "permessage-deflate; client_no_context_takeover")
        let receives = DeflatePolicy(sendsWithTakeover: false, receivesWithTakeover: true, windowBits: 15).answer(to: offer)
        #expect(receives?.text == "permessage-deflate; server_no_context_takeover")
    }

    @Test("what was agreed on holds where nothing was said")
    func effective() throws {
        let policy = DeflatePolicy(sendsWithTakeover: true, receivesWithTakeover: true, windowBits: 13)
        let agreement = try #require(policy.answer(to: [WebSocketExtension("permessage-deflate")]))
        #expect(agreement.serverWindowBits == 13 && agreement.clientWindowBits == 15)
        #expect(!agreement.serverNoContextTakeover && !agreement.clientNoContextTakeover)
        #expect(UpgradeResponse(key: "", compression: agreement).text.contains("\r\nSec-WebSocket-Extensions: \(agreement.text)\r\n"))
    }

    struct Answered: Sendable {
        var what: String
        /// Whether the offer asks for no takeover; else it offers nothing but a window.
        var noTakeover = false
        var answer: [String]
        /// Server and client takeover, server and client window; nil for a refusal.
        var agreed: (Bool, Bool, Int, Int)?
    }

    static let given: [Answered] = [
        Answered(what: "the bare answer", answer: ["permessage-deflate"], agreed: (true, true, 15, 12)),
        Answered(
            what: "a server may always do without takeover", answer: ["permessage-deflate; server_no_context_takeover"],
            agreed: (false, true, 15, 12)),
        Answered(
            what: "a server may ask the client to", answer: ["permessage-deflate; client_no_context_takeover"],
            agreed: (true, false, 15, 12)),
        Answered(
            what: "a server may say its window", answer: ["permessage-deflate; server_max_window_bits=9"], agreed: (true, true, 9, 12)),
        Answered(
            what: "a smaller client window", answer: ["permessage-deflate; client_max_window_bits=8"], agreed: (true, true, 15, 8)),
        Answered(what: "a larger client window", answer: ["permessage-deflate; client_max_window_bits=13"]),
        Answered(what: "a client window without a value", answer: ["permessage-deflate; client_max_window_bits"]),
        Answered(
            what: "all that was asked", noTakeover: true,
            answer: ["permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits=12"],
            agreed: (false, false, 15, 12)),
        Answered(
            what: "what we promise need not be said", noTakeover: true, answer: ["permessage-deflate; server_no_context_takeover"],
            agreed: (false, false, 15, 12)),
        Answered(what: "what was asked is missing", noTakeover: true, answer: ["permessage-deflate"]),
        Answered(what: "an unknown parameter", answer: ["permessage-deflate; foo"]),
        Answered(what: "a parameter twice", answer: ["permessage-deflate; server_max_window_bits=9; server_max_window_bits=9"]),
        Answered(what: "a wrong value", answer: ["permessage-deflate; server_max_window_bits=16"]),
        Answered(what: "a value where none belongs", answer: ["permessage-deflate; server_no_context_takeover=true"]),
        Answered(what: "an extension that was not offered", answer: ["x-foo"]),
        Answered(what: "another one beside it", answer: ["permessage-deflate, x-foo"]),
        Answered(what: "twice", answer: ["permessage-deflate", "permessage-deflate"]),
        Answered(what: "malformed", answer: ["permessage-deflate;"]),
    ]

    @Test("a client judges the answer", arguments: given)
    func judged(_ row: Answered) {
        var upgrade = ClientUpgrade(host: "h", target: "/", key: "dGhlIHNhbXBsZSBub25jZQ==")
        upgrade.compression = DeflateOffer(asksServerForNoTakeover: row.noTakeover, promisesNoTakeover: row.noTakeover, windowBits: 12)
        var headers: HeaderFields = ["Upgrade": "websocket", "Connection": "Upgrade"]
        headers.append("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        for value in row.answer { headers.append("Sec-WebSocket-Extensions", value) }
        let verdict = upgrade.verify(ResponseHead(status: 101, headers: headers))
        switch (verdict, row.agreed) {
        case (.success(let answer), let agreed?):
            let found = answer.compression.map {
                [
                    !$0.serverNoContextTakeover, !$0.clientNoContextTakeover, $0.serverWindowBits == agreed.2,
                    $0.clientWindowBits == agreed.3,
                ]
            }
            #expect(found == [agreed.0, agreed.1, true, true], "\(row.what)")
        case (.failure(let error), nil):
            #expect(!error.explanation.isEmpty, "\(row.what)")
        case (.success, nil), (.failure, _?):
            Issue.record("\(row.what): \(verdict)")
        }
    }

    @Test("an offer says what was asked for")
    func says() {
        var upgrade = ClientUpgrade(host: "h", target: "/", key: "k")
        upgrade.compression = DeflateOffer(asksServerForNoTakeover: true, promisesNoTakeover: true, windowBits: 10)
        let line = "\r\nSec-WebSocket-Extensions: \(Self.none); client_max_window_bits=10\r\n"
        #expect(String(decoding: upgrade.serialized(), as: UTF8.self).contains(line))
    }
}

extension UpgradeResponse {
    fileprivate var text: String { String(decoding: serialized(), as: UTF8.self) }
}
