import COpenSSL

@testable import RoadsteadTLS

/// Makes OCSP responses of a test's own authority.
enum TestResponder {
    /// A response in DER for a certificate; times in seconds from now, `until` nil for none.
    static func response(
        for certificate: Certificate, by issuer: CertificateIssuer, from: Int, until: Int?, isRevoked: Bool = false
    ) -> [UInt8] {
        // SAFETY: everything made here is freed here; OpenSSL copies what it keeps.
        unsafe make(certificate, issuer, from: from, until: until, isRevoked: isRevoked)
    }

    // SAFETY: takes nothing but objects that outlive the call.
    @unsafe private static func make(
        _ certificate: Certificate, _ issuer: CertificateIssuer, from: Int, until: Int?, isRevoked: Bool
    ) -> [UInt8] {
        let basic = unsafe OCSP_BASICRESP_new()
        let id = unsafe OCSP_cert_to_id(EVP_sha256(), certificate.pointer, issuer.certificate.pointer)
        let (begin, end) = unsafe (X509_gmtime_adj(nil, from), until.map { unsafe X509_gmtime_adj(nil, $0) } ?? nil)
        let revoked = unsafe isRevoked ? X509_gmtime_adj(nil, from) : nil
        let status = isRevoked ? V_OCSP_CERTSTATUS_REVOKED : V_OCSP_CERTSTATUS_GOOD
        unsafe OCSP_basic_add1_status(basic, id, status, 0, revoked, begin, end)
        unsafe OCSP_basic_sign(basic, issuer.certificate.pointer, issuer.key.pointer, EVP_sha256(), nil, 0)
        let response = unsafe OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic)
        let count = unsafe i2d_OCSP_RESPONSE(response, nil)
        var bytes = [UInt8](repeating: 0, count: Int(count))
        // SAFETY: writes as many bytes as it said it would.
        unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            var place = buffer.baseAddress
            unsafe _ = i2d_OCSP_RESPONSE(response, &place)
        }
        // SAFETY: the only references.
        unsafe OCSP_RESPONSE_free(response)
        unsafe OCSP_BASICRESP_free(basic)
        unsafe OCSP_CERTID_free(id)
        unsafe ASN1_TIME_free(begin)
        unsafe ASN1_TIME_free(end)
        unsafe ASN1_TIME_free(revoked)
        return bytes
    }
}

extension Peer {
    /// For a client before its start: asks for an OCSP response.
    func askForStaple() {
        // SAFETY: sets a number of the connection.
        unsafe _ = SSL_ctrl(connection.ssl, SSL_CTRL_SET_TLSEXT_STATUS_REQ_TYPE, Int(TLSEXT_STATUSTYPE_ocsp), nil)
    }

    /// For a client: the OCSP response that came; nil if none did.
    var staple: [UInt8]? {
        var bytes: UnsafePointer<UInt8>?
        // SAFETY: sets the pointer to the connection's own bytes, which are copied at once.
        return unsafe withUnsafeMutablePointer(to: &bytes) { pointer in
            let count = unsafe SSL_ctrl(connection.ssl, SSL_CTRL_GET_TLSEXT_STATUS_REQ_OCSP_RESP, 0, pointer)
            return count <= 0 ? nil : unsafe Array(UnsafeBufferPointer(start: pointer.pointee, count: count))
        }
    }
}
