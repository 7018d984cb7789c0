import COpenSSL

/// The TLS library under everything here.
public enum TLSLibrary {
    /// The OpenSSL that is loaded now, which may be newer than the one that this program was built against; as in "3.0.19".
    public static var version: String {
        "\(OPENSSL_version_major()).\(OPENSSL_version_minor()).\(OPENSSL_version_patch())"
    }
}
