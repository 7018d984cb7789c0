/// What a server's answer to `ClientUpgrade` agreed to.
public struct UpgradeAnswer: Sendable, Equatable {
    /// The subprotocol it chose; nil for none.
    public var subprotocol: String?
    /// How messages may be compressed; nil for not at all.
    public var compression: DeflateAgreement?

    /// An answer with these parts.
    public init(subprotocol: String? = nil, compression: DeflateAgreement? = nil) {
        self.subprotocol = subprotocol
        self.compression = compression
    }
}
