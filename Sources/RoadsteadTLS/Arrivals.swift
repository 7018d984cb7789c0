/// What a peer has sent, as far as OpenSSL does not judge it.
struct Arrivals {
    /// Handshakes have ten messages, and a server adds some tickets. After that a key update is due after some gigabytes (RFC 8446 section
    /// 5.5); one for each of these many bytes is more than anybody needs.
    static let bytesForAMessage: UInt64 = 64 * 1024
    static let messagesForNothing: UInt64 = 32

    /// Handshake messages.
    var messages: UInt64 = 0
    private var bytes: UInt64 = 0
    /// The first five bytes, as many as there are yet, the first one highest.
    private var head: UInt64 = 0
    /// For servers, until what comes may be encrypted.
    var hello: HelloWatch

    /// - Parameter helloLimit: how long a ClientHello may be; nil if none comes.
    init(helloLimit: Int?) { hello = HelloWatch(limit: helloLimit) }

    /// These came.
    mutating func note(_ ciphertext: RawSpan) {
        if bytes < 5 {
            // SAFETY: the bytes are read within the closure.
            unsafe ciphertext.withUnsafeBytes { input in
                head = unsafe input.prefix(Int(5 - bytes)).reduce(head) { $0 << 8 | UInt64($1) }
            }
        }
        bytes += UInt64(ciphertext.byteCount)
        // SAFETY: every bit pattern is a UInt8 and its alignment is 1.
        if hello.isOn { unsafe hello.note(ciphertext._unsafeView(as: UInt8.self)) }
    }

    /// How many more handshake messages may come now.
    var messagesAllowed: UInt32 {
        let allowed = Self.messagesForNothing + bytes / Self.bytesForAMessage
        return UInt32(clamping: allowed - min(allowed, messages))
    }

    /// Whether they are the beginning of a plain HTTP request that OpenSSL does not know as one: it knows GET, POST, HEAD, PUT and CONNECT.
    var beginAsHTTP: Bool {
        ["DELET", "OPTIO", "PATCH", "TRACE", "PRI *"].contains(where: begin(with:))
    }

    /// Whether they are the beginning of a plain request by HEAD.
    var beginAsHEAD: Bool { begin(with: "HEAD ") }

    private func begin(with word: String) -> Bool { word.utf8.reduce(0) { $0 << 8 | UInt64($1) } == head }
}
