import Testing

@testable import RoadsteadWire

@Suite("SHA-1, base64 and the accept value")
struct DigestTests {
    @Test(
        "SHA-1 gives the digests of FIPS 180 and RFC 3174",
        arguments: [
            ("", 1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            ("abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
            ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
            ("01234567012345670123456701234567", 20, "dea356a2cddd90c7a7ecedc5ebb563934f460452"),
            // The edges of the padding, by sha1sum.
            ("a", 55, "c1c8bbdc22796e28c0e15163d20899b65621d65a"),
            ("a", 56, "c2db330f6083854c99d4b5bfb6e8f29f201be699"),
            ("a", 63, "03f09f5b158a7a8cdad920bddc29b81c18a551f5"),
            ("a", 64, "0098ba824b5c16427bd7a1122a5a442a25ec644d"),
            ("a", 65, "11655326c708d70319be2610e8a57d9a5b959d3b"),
            ("a", 1000, "291e9a6c66994949b57ba5e650361e98fc36b1ba"),
        ])
    func sha1(text: String, repeated: Int, digest: String) {
        #expect(SHA1.digest(Array(String(repeating: text, count: repeated).utf8)) == hex(digest))
    }

    @Test(
        "base64 gives the examples of RFC 4648 section 10",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ])
    func base64(plain: String, encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
    }

    @Test("every byte survives base64")
    func roundTrip() {
        let bytes = Array(UInt8.min...UInt8.max)
        #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        #expect(Base64.encode([0xFB, 0xEF, 0xFF]) == "++//")
    }

    @Test(
        "base64 in any but its one right form is refused",
        arguments: [
            "Z", "Zg", "Zg=", "Zg===", "====", "Zm9v====", "Z===", "Zh==", "Zm9=", "Zm 9", "Zm9v\n", "Zg==Zg==", "Z-__", "=Zg=", "Zé==",
        ])
    func malformed(_ text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test("the accept value is that of RFC 6455 sections 1.3 and 4.2.2")
    func accept() {
        #expect(WebSocketAccept.value(forKey: "dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }
}
