import RoadsteadTLS
import Testing

@testable import RoadsteadGateway

@Suite("A certificate in use")
struct CertificateReviewTests {
    private static let now: Int64 = 1_800_000_000
    private static let day: Int64 = 86_400

    @Test(
        "is warned of from 14 days before its end, and told as expired from then on",
        arguments: [
            (14 * day + 1, []), (14 * day, [.expiresSoon(days: 14)]), (14 * day - 1, [.expiresSoon(days: 13)]),
            (day, [.expiresSoon(days: 1)]), (1, [.expiresSoon(days: 0)]), (0, [.expired]), (-1, [.expired]), (-400 * day, [.expired]),
        ] as [(Int64, [CertificateReview.Finding])])
    func expiry(left: Int64, findings: [CertificateReview.Finding]) {
        let certificate = CertificateFacts(path: "c.pem", name: "harbour", notAfter: Self.now + left)
        #expect(CertificateReview.findings(certificate, at: Self.now) == findings)
    }

    @Test(
        "has an OCSP response that holds from its first second to the one before its end",
        arguments: [
            (0, 1, []), (1, 2, [.staleStaple]), (-10, 0, [.staleStaple]), (-10, nil, []), (1, nil, [.staleStaple]),
        ] as [(Int64, Int64?, [CertificateReview.Finding])])
    func staple(from: Int64, until: Int64?, findings: [CertificateReview.Finding]) {
        let staple = CertificateFacts.Staple(
            path: "c.ocsp", validFrom: Self.now + from, validUntil: until.map { Self.now + $0 }, isRevoked: false)
        let certificate = CertificateFacts(path: "c.pem", name: "harbour", notAfter: .max, staple: staple)
        #expect(CertificateReview.findings(certificate, at: Self.now) == findings)
    }

    @Test("may have everything said of it at once")
    func everything() {
        let staple = CertificateFacts.Staple(path: "c.ocsp", validFrom: 0, validUntil: 1, isRevoked: true)
        let certificate = CertificateFacts(path: "c.pem", name: "harbour", notAfter: Self.now, staple: staple)
        #expect(CertificateReview.findings(certificate, at: Self.now) == [.expired, .revoked, .staleStaple])
    }
}
