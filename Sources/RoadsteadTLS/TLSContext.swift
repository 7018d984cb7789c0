// SAFETY: `@unchecked Sendable`: nothing changes after it is made but the ticket keys and OpenSSL's reference counts, which have locks of their own.
/// What connections of one listener or one upstream share: certificates, trust, ciphers, ticket keys. Immutable; replaced whole on a reload,
/// while the connections made from it keep it alive.
public final class TLSContext: @unchecked Sendable {
    /// The name of each certificate (its first DNS name, else address, else common name) and when it expires, in seconds since 1970; the
    /// earliest if several certificates have the same name. Empty for clients.
    public let certificateExpiries: [(serverName: String, notAfter: Int64)]

    /// The context that connections start with: the first certificate.
    let library: LibraryContext
    /// Whether connections are clients.
    let isClient: Bool
    /// Whether a client checks the server's name.
    let verifies: Bool
    /// Held for as long as OpenSSL may ask for them.
    let ticketKeys: TicketKeys?
    private let picker: CertificatePicker?

    private init(
        library: LibraryContext, isClient: Bool, verifies: Bool, ticketKeys: TicketKeys?, picker: CertificatePicker?,
        certificateExpiries: [(serverName: String, notAfter: Int64)]
    ) {
        self.library = library
        self.isClient = isClient
        self.verifies = verifies
        self.ticketKeys = ticketKeys
        self.picker = picker
        self.certificateExpiries = certificateExpiries
    }

    /// Reads the files and makes a server's context.
    public static func server(_ options: TLSServerOptions) throws(TLSError) -> TLSContext {
        guard !options.certificates.isEmpty else { throw .noCertificates }
        let ticketKeys = options.sessionTickets ? try TicketKeys() : nil
        var names = ServerNames()
        var contexts: [LibraryContext] = []
        var expiries: [(serverName: String, notAfter: Int64)] = []
        for (index, group) in try CertificateGroup.grouping(options.certificates).enumerated() {
            let context = try LibraryContext(isClient: false, minimumVersion: options.minimumVersion, ciphers: options.ciphers)
            try context.serve(ticketKeys: ticketKeys)
            try askForClientCertificates(context, options)
            for files in group.files { try context.use(files) }
            names.add(group.names, index: index)
            contexts.append(context)
            expiries.append((group.names.first ?? "", group.notAfter))
        }
        let picker = CertificatePicker(names: names, contexts: contexts)
        contexts[0].pick(with: picker)
        return TLSContext(
            library: contexts[0], isClient: false, verifies: options.clientCertificates != .none, ticketKeys: ticketKeys, picker: picker,
            certificateExpiries: earliest(expiries))
    }

    /// Reads the files and makes a client's context.
    public static func client(_ options: TLSClientOptions) throws(TLSError) -> TLSContext {
        let context = try LibraryContext(isClient: true, minimumVersion: options.minimumVersion, ciphers: options.ciphers)
        context.limit(to: options.maximumVersion)
        if options.verifies { try context.trust(authority: options.authority) }
        context.verify(options.verifies)
        switch (options.certificate, options.key) {
        case (let certificate?, let key?): try context.use(CertificateFiles(certificate: certificate, key: key))
        case (nil, nil): break
        case (nil, _?), (_?, nil): throw .incompleteClientCertificate
        }
        try context.offer(options.applicationProtocols)
        return TLSContext(
            library: context, isClient: true, verifies: options.verifies, ticketKeys: nil, picker: nil, certificateExpiries: [])
    }

    private static func askForClientCertificates(_ context: LibraryContext, _ options: TLSServerOptions) throws(TLSError) {
        guard options.clientCertificates != .none else { return }
        guard let authority = options.clientAuthority, !authority.isEmpty else { throw .noClientAuthority }
        try context.trust(authority: authority)
        try context.announce(authority: authority)
        context.verify(true, insists: options.clientCertificates == .required)
    }

    /// One entry a name, so that a metric with the name as its label has one value.
    private static func earliest(_ all: [(serverName: String, notAfter: Int64)]) -> [(serverName: String, notAfter: Int64)] {
        var kept: [(serverName: String, notAfter: Int64)] = []
        for entry in all {
            if let index = kept.firstIndex(where: { $0.serverName == entry.serverName }) {
                kept[index].notAfter = min(kept[index].notAfter, entry.notAfter)
            } else {
                kept.append(entry)
            }
        }
        return kept
    }
}
