/// Certificates for the same names with keys of different kinds, such as ECDSA beside RSA: the handshake uses whichever the client can.
struct CertificateGroup {
    /// The names they all have.
    let names: [String]
    /// The files, first come first.
    private(set) var files: [CertificateFiles]
    private var keyKinds: [Int32]

    /// Reads the certificates and puts those together that can be; the groups are in order of their first certificates.
    static func grouping(_ all: [CertificateFiles]) throws(TLSError) -> [CertificateGroup] {
        var groups: [CertificateGroup] = []
        for files in all {
            let certificate = try Certificate.chain(path: files.certificate)[0]
            let names = certificate.names
            let kind = certificate.keyKind
            let index = groups.firstIndex { Set($0.names) == Set(names) && !$0.keyKinds.contains(kind) }
            if let index {
                groups[index].files.append(files)
                groups[index].keyKinds.append(kind)
            } else {
                groups.append(CertificateGroup(names: names, files: [files], keyKinds: [kind]))
            }
        }
        return groups
    }
}
