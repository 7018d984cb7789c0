/// The value of `Sec-WebSocket-Key`.
enum WebSocketKey {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Base64 of sixteen bytes (RFC 4648 section 4).
    static func text(_ high: UInt64, _ low: UInt64) -> String {
        var text: [UInt8] = []
        // 128 bits and four of padding make 22 characters of six bits.
        for index in 0..<22 {
            let shift = 122 - index * 6
            let bits =
                shift >= 64
                ? high >> UInt64(shift - 64)
                : shift >= 0 ? (low >> UInt64(shift)) | (shift > 58 ? high << UInt64(64 - shift) : 0) : low << UInt64(-shift)
            text.append(alphabet[Int(bits & 63)])
        }
        return String(decoding: text, as: UTF8.self) + "=="
    }
}
