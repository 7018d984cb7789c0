import Testing

@testable import RoadsteadWire

@Suite("Close codes and frames")
struct CloseFrameTests {
    @Test(
        "codes that may be on the wire",
        arguments: [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999] as [UInt16])
    func allowed(_ code: UInt16) {
        #expect(CloseCode(rawValue: code).isValidOnWire)
        let bytes = FrameBuilder.received(by: .server, .close, [UInt8(code >> 8), UInt8(code & 0xFF)])
        #expect(ReceiverProbe.run(.server, bytes, in: [0..<bytes.count]) == [.close(code, "")])
    }

    @Test("codes that may not", arguments: [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535] as [UInt16])
    func forbidden(_ code: UInt16) {
        #expect(!CloseCode(rawValue: code).isValidOnWire)
        let bytes = FrameBuilder.received(by: .server, .close, [UInt8(code >> 8), UInt8(code & 0xFF)])
        #expect(ReceiverProbe.run(.server, bytes, in: [0..<bytes.count]) == [.violation(.invalidCloseCode(code))])
    }

    @Test("a close frame to be sent carries its code and reason, and none of both without a code")
    func encodes() {
        #expect(array(CloseFrame(code: .goingAway, reason: "bye").bytes.octets) == hex("03e9 627965"))
        #expect(array(CloseFrame(code: .normal).bytes.octets) == hex("03e8"))
        #expect(array(CloseFrame(code: nil, reason: "unsaid").bytes.octets) == [])
        #expect(CloseFrame(code: .goingAway, reason: "bye").code == .goingAway)
        #expect(CloseFrame(code: .goingAway, reason: "bye").reason == "bye")
        #expect(CloseFrame(code: nil).code == nil)
    }

    @Test("a reason is cut at the end of a scalar so that it fits", arguments: [(122, 122), (123, 123), (124, 123), (400, 123)])
    func cutsLongReasons(length: Int, kept: Int) {
        #expect(CloseFrame(code: .normal, reason: String(repeating: "a", count: length)).reason.utf8.count == kept)
        // Two bytes each: 61 of them are the most that fit into 123.
        let accents = CloseFrame(code: .normal, reason: String(repeating: "é", count: length)).reason
        #expect(accents == String(repeating: "é", count: min(length, 61)))
    }

    @Test("a control payload takes 125 bytes and not one more")
    func controlPayloadLimit() {
        #expect(ControlPayload([UInt8](repeating: 1, count: 125).span.rawBytes)?.count == 125)
        #expect(ControlPayload([UInt8](repeating: 1, count: 126).span.rawBytes) == nil)
        #expect(ControlPayload([UInt8]([1, 2]).span.rawBytes) == ControlPayload([UInt8]([1, 2]).span.rawBytes))
        #expect(ControlPayload([UInt8]([1, 2]).span.rawBytes) != ControlPayload([UInt8]([1, 3]).span.rawBytes))
        #expect(ControlPayload([UInt8]([1, 2]).span.rawBytes) != ControlPayload([UInt8]([1]).span.rawBytes))
        #expect(ControlPayload([UInt8]([1, 2]).span.rawBytes)?.withBytes { array($0.octets) } == [1, 2])
    }
}
