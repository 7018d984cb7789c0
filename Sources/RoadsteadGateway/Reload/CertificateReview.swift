import RoadsteadTLS

/// Judges certificates in use by the calendar, for operators.
enum CertificateReview {
    /// So many days before its end a certificate is warned of.
    static let warningDays: Int64 = 14
    private static let secondsPerDay: Int64 = 86_400

    /// What is to be said of a certificate.
    enum Finding: Equatable {
        /// It ends within the warning days; whole days are left.
        case expiresSoon(days: Int64)
        /// It has ended.
        case expired
        /// Its OCSP response has ended, or has not begun, and is not stapled.
        case staleStaple
        /// Its OCSP response says that it is revoked; it is stapled nevertheless.
        case revoked
    }

    /// Everything that is to be said of a certificate at a moment in seconds since 1970.
    static func findings(_ certificate: CertificateFacts, at now: Int64) -> [Finding] {
        var findings: [Finding] = []
        let left = certificate.notAfter - now
        if left <= 0 {
            findings.append(.expired)
        } else if left <= warningDays * secondsPerDay {
            findings.append(.expiresSoon(days: left / secondsPerDay))
        }
        guard let staple = certificate.staple else { return findings }
        if staple.isRevoked { findings.append(.revoked) }
        if now < staple.validFrom || staple.validUntil.map({ now >= $0 }) == true { findings.append(.staleStaple) }
        return findings
    }
}
