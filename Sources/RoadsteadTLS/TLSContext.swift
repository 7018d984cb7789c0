// SAFETY: `@unchecked Sendable`: nothing changes after it is made but the ticket keys and OpenSSL's reference counts, which have locks of their own.
/// What connections of one listener or one upstream share: certificates, trust, ciphers, ticket keys. Immutable; replaced whole on a reload,
/// while the connections made from it keep it alive.
public final class TLSContext: @unchecked Sendable {
    /// The certificates in use, in the order of the options; a client's own one, if it has one.
    public let certificates: [CertificateFacts]

    /// The context that connections start with: the default certificates.
    let library: LibraryContext
    /// Whether connections are clients.
    let isClient: Bool
    /// Whether a client checks the server's name.
    let verifies: Bool
    /// How long a ClientHello may be; nil for clients.
    var helloLimit: Int? { isClient ? nil : verifies ? HelloWatch.longestWithCertificate : HelloWatch.longest }
    /// Held for as long as OpenSSL may ask for them.
    let ticketKeys: TicketKeys?
    /// What may be resumed; nil for clients.
    let scope: ResumptionScope?
    private let picker: CertificatePicker?

    private init(
        library: LibraryContext, isClient: Bool, verifies: Bool, ticketKeys: TicketKeys?, scope: ResumptionScope?,
        picker: CertificatePicker?, certificates: [CertificateFacts]
    ) {
        self.library = library
        self.isClient = isClient
        self.verifies = verifies
        self.ticketKeys = ticketKeys
        self.scope = scope
        self.picker = picker
        self.certificates = certificates
    }

    /// Reads the files and makes a server's context.
    ///
    /// - Parameter predecessor: the context that this one replaces: its tickets stay good, unless the rules by which they were issued
    ///   (client certificates, authorities, ciphers, versions) are others now.
    public static func server(_ options: TLSServerOptions, succeeding predecessor: TLSContext? = nil) throws(TLSError) -> TLSContext {
        guard !options.certificates.isEmpty else { throw .noCertificates }
        let authorities = try clientAuthorities(options)
        let scope = try ResumptionScope(options, authorities: authorities)
        let ticketKeys = options.sessionTickets ? try keys(succeeding: predecessor, scope) : nil
        let identities = try options.certificates.map { files throws(TLSError) in try Identity(files) }
        let choices = CertificateChoices(identities.map(\.subject))
        var contexts: [LibraryContext] = []
        for choice in choices.all {
            let context = try LibraryContext(isClient: false, minimumVersion: options.minimumVersion, ciphers: options.ciphers)
            try context.serve(ticketKeys: ticketKeys, scope: scope)
            for authority in authorities { try context.welcome(authority) }
            context.verify(options.clientCertificates != .none, insists: options.clientCertificates == .required)
            for index in choice { try context.use(identities[index]) }
            contexts.append(context)
        }
        let picker = CertificatePicker(names: choices.names, contexts: contexts)
        contexts[0].pick(with: picker)
        return TLSContext(
            library: contexts[0], isClient: false, verifies: options.clientCertificates != .none, ticketKeys: ticketKeys, scope: scope,
            picker: picker, certificates: identities.map(\.facts))
    }

    /// Reads the files and makes a client's context.
    public static func client(_ options: TLSClientOptions) throws(TLSError) -> TLSContext {
        let context = try LibraryContext(isClient: true, minimumVersion: options.minimumVersion, ciphers: options.ciphers)
        context.limit(to: options.maximumVersion)
        if options.verifies { try context.trust(authority: options.authority) }
        context.verify(options.verifies)
        var certificates: [CertificateFacts] = []
        switch (options.certificate, options.key) {
        case (let certificate?, let key?):
            let identity = try Identity(CertificateFiles(certificate: certificate, key: key))
            try context.use(identity)
            certificates = [identity.facts]
        case (nil, nil): break
        case (nil, _?), (_?, nil): throw .incompleteClientCertificate
        }
        try context.offer(options.applicationProtocols)
        return TLSContext(
            library: context, isClient: true, verifies: options.verifies, ticketKeys: nil, scope: nil, picker: nil,
            certificates: certificates)
    }

    /// The name of each certificate of a server and when it expires, in seconds since 1970; the earliest if several certificates have
    /// the same name, so that a metric with the name as its label has one value. Empty for clients.
    public var certificateExpiries: [(serverName: String, notAfter: Int64)] {
        var kept: [(serverName: String, notAfter: Int64)] = []
        for certificate in certificates where !isClient {
            if let index = kept.firstIndex(where: { $0.serverName == certificate.name }) {
                kept[index].notAfter = min(kept[index].notAfter, certificate.notAfter)
            } else {
                kept.append((certificate.name, certificate.notAfter))
            }
        }
        return kept
    }

    private static func clientAuthorities(_ options: TLSServerOptions) throws(TLSError) -> [Certificate] {
        guard options.clientCertificates != .none else { return [] }
        guard let authority = options.clientAuthority, !authority.isEmpty else { throw .noClientAuthority }
        return try Certificate.chain(path: authority)
    }

    private static func keys(succeeding predecessor: TLSContext?, _ scope: ResumptionScope) throws(TLSError) -> TicketKeys {
        if let predecessor, predecessor.scope == scope, let keys = predecessor.ticketKeys { return keys }
        return try TicketKeys()
    }
}
