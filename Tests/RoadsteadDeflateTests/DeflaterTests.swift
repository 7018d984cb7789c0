import TestSupport
import Testing

@testable import RoadsteadDeflate

@Suite("Deflater")
struct DeflaterTests {
    @Test("messages come back, with and without takeover, for every window, in any pieces", arguments: 9...15)
    func roundTrip(_ windowBits: Int) {
        for keepsContext in [false, true] {
            var generator = SeededGenerator(seed: UInt64(windowBits))
            let (deflater, inflater) = (Deflater(windowBits: windowBits), Inflater(windowBits: windowBits))
            for _ in 0..<30 {
                let payload = generator.payload()
                let fragments = payload.isEmpty ? [payload] : generator.cut(payload).filter { !$0.isEmpty }
                let compressed = fragments.flatMap { deflater.compress($0, room: 16) }
                #expect(compressed.isEmpty || compressed.suffix(4) == Deflater.flushMarker)
                let wire = generator.cut(compressed.dropLast(4))
                #expect(inflater.inflate(wire, room: 10) == payload, "seed and window \(windowBits)")
                guard !keepsContext else { continue }
                deflater.reset()
                inflater.reset()
            }
        }
    }

    @Test("nothing new writes nothing, and each fragment can be read when it is there")
    func flushes() {
        let (deflater, inflater) = (Deflater(windowBits: 12), Inflater(windowBits: 12))
        let fragment = deflater.compress(Array("Hello".utf8))
        #expect(deflater.compress([]) == [])
        var output = [UInt8](repeating: 0, count: 64)
        let step = withBytes(fragment) { input in withMutableBytes(&output) { inflater.inflate(input, isEnd: false, into: &$0) } }
        #expect(step == Inflater.Step(consumed: fragment.count, produced: 5, state: .hungry))
        #expect(output[..<5] == Array("Hello".utf8)[...])
    }

    @Test("with takeover a message like the last one is a few bytes; after a reset it is not")
    func takeover() {
        var generator = SeededGenerator(seed: 1)
        let payload = (0..<500).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
        let deflater = Deflater(windowBits: 12)
        let first = deflater.message(payload)
        #expect(first.count > 500 && deflater.message(payload).count < 20)
        deflater.reset()
        #expect(deflater.message(payload) == first)
    }

    @Test("no reference reaches further back than the window")
    func window() {
        var generator = SeededGenerator(seed: 2)
        let payload = (0..<5000).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
        for windowBits in 9...15 {
            let message = Deflater(windowBits: windowBits).message(payload + payload)
            #expect(Inflater(windowBits: windowBits).inflate([message]) == payload + payload)
            #expect((message.count < 6000) == (1 << windowBits > 5300), "\(windowBits) bits: \(message.count) bytes")
        }
    }
}
