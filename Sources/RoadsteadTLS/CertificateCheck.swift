/// Whether the files of a certificate can be used, for a configuration that is checked before it is put to use.
public enum CertificateCheck {
    /// What is wrong with a certificate and its key, in words for the user; nil if a server can use them. Whether the certificate has
    /// expired is not judged here: a gateway must start with an expired certificate rather than not at all.
    public static func problem(certificate: String, key: String) -> String? {
        do throws(TLSError) {
            _ = try TLSContext.server(TLSServerOptions(certificates: [CertificateFiles(certificate: certificate, key: key)]))
            return nil
        } catch {
            return error.description
        }
    }

    /// What is wrong with an OCSP response that is to be stapled to a certificate; nil if it can be.
    public static func problem(staple: String, certificate: String) -> String? {
        do throws(TLSError) {
            _ = try OCSPResponse(path: staple, for: Certificate.chain(path: certificate), certificatePath: certificate)
            return nil
        } catch {
            return error.description
        }
    }

    /// What is wrong with a cipher list for TLS 1.2; nil if it can be used.
    public static func problem(ciphers: String) -> String? {
        do throws(TLSError) {
            _ = try LibraryContext(isClient: false, minimumVersion: .v1_2, ciphers: ciphers)
            return nil
        } catch {
            return error.description
        }
    }

    /// What is wrong with a file of certificate authorities; nil if it can be used.
    public static func problem(authority: String) -> String? {
        do throws(TLSError) {
            _ = try Certificate.chain(path: authority)
            return nil
        } catch {
            return error.description
        }
    }
}
