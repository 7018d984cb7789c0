import RoadsteadWire
import TestSupport

/// Valid streams of frames, and what a receiver must make of them.
enum RandomStream {
    static func make(for role: Role, using generator: inout SeededGenerator) -> (bytes: [UInt8], expected: [Received]) {
        var bytes: [UInt8] = []
        var expected: [Received] = []
        for _ in 0..<Int.random(in: 1...8, using: &generator) {
            let kind: MessageKind = Bool.random(using: &generator) ? .text : .binary
            let message = payload(kind, using: &generator)
            var opcode = kind.opcode
            var rest = message[...]
            while true {
                let taken = Bool.random(using: &generator) ? rest.count : Int.random(in: 0...rest.count, using: &generator)
                let isFinal = taken == rest.count
                bytes += frame(role, opcode, isFinal, Array(rest.prefix(taken)), using: &generator)
                rest = rest.dropFirst(taken)
                opcode = .continuation
                guard !isFinal else { break }
                control(role, &bytes, &expected, using: &generator)
            }
            expected.append(.message(kind, message))
            control(role, &bytes, &expected, using: &generator)
        }
        return (bytes, expected)
    }

    private static func payload(_ kind: MessageKind, using generator: inout SeededGenerator) -> [UInt8] {
        let count = [0, 1, 7, 40, 125, 126, 300].randomElement(using: &generator) ?? 0
        switch kind {
        case .binary: return generator.bytes(count)
        case .text:
            let text = (0..<count).map { _ in ["a", "é", "€", "🌊", " "].randomElement(using: &generator) ?? "" }
            return Array(text.joined().utf8)
        }
    }

    private static func control(
        _ role: Role, _ bytes: inout [UInt8], _ expected: inout [Received], using generator: inout SeededGenerator
    ) {
        guard Int.random(in: 0..<3, using: &generator) == 0 else { return }
        let payload = generator.bytes(Int.random(in: 0...125, using: &generator))
        let isPing = Bool.random(using: &generator)
        bytes += frame(role, isPing ? .ping : .pong, true, payload, using: &generator)
        expected.append(isPing ? .ping(payload) : .pong(payload))
    }

    private static func frame(
        _ role: Role, _ opcode: Opcode, _ isFinal: Bool, _ payload: [UInt8], using generator: inout SeededGenerator
    ) -> [UInt8] {
        let first = (isFinal ? 0x80 : 0) + opcode.rawValue
        switch role {
        case .server: return FrameBuilder.frame(first: first, payload: payload, key: generator.bytes(4))
        case .client: return FrameBuilder.frame(first: first, payload: payload, key: nil)
        }
    }
}
