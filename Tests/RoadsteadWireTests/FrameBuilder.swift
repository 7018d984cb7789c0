import RoadsteadWire

/// Makes frames in a second, plainer way than the product, so that neither can hide the other's mistake.
enum FrameBuilder {
    static func frame(first: UInt8, payload: [UInt8], key: [UInt8]?) -> [UInt8] {
        var bytes = [first]
        let maskBit: UInt8 = key == nil ? 0 : 0x80
        switch payload.count {
        case ...125: bytes.append(maskBit + UInt8(payload.count))
        case ...65535:
            bytes.append(maskBit + 126)
            bytes += [UInt8(payload.count / 256), UInt8(payload.count % 256)]
        default:
            bytes.append(maskBit + 127)
            bytes += (0..<8).map { UInt8(payload.count >> (8 * (7 - $0)) & 0xFF) }
        }
        guard let key else { return bytes + payload }
        return bytes + key + payload.enumerated().map { $1 ^ key[$0 % 4] }
    }

    /// A frame as the peer of `role` sends it.
    static func received(by role: Role, _ opcode: Opcode, isFinal: Bool = true, _ payload: [UInt8]) -> [UInt8] {
        let key: [UInt8]? =
            switch role {
            case .server: [0x37, 0xFA, 0x21, 0x3D]
            case .client: nil
            }
        return frame(first: (isFinal ? 0x80 : 0) + opcode.rawValue, payload: payload, key: key)
    }
}
