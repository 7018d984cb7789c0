import Logging
import RoadsteadTLS

// What operators are told of certificates before their clients tell them.
extension Gateway {
    /// Logs what there is to say of every certificate in use, those shown to upstreams included.
    func reviewCertificates() {
        for listener in live.withLock({ $0.listeners }) {
            review(listener.tls?.certificates ?? [], ["listener": "\(listener.configuration.name)"])
        }
        for upstream in runtime.upstreams {
            review(upstream.tls?.context.certificates ?? [], ["upstream": "\(upstream.configuration.name)"])
        }
    }

    /// Reviews them again each time the clock says so, until the task is cancelled or the gateway is gone.
    func watchCertificates() -> Task<Void, Never> {
        Task { [clock, weak self] in
            while (try? await clock.rest()) != nil, !Task.isCancelled, let self { reviewCertificates() }
        }
    }

    private func review(_ certificates: [CertificateFacts], _ place: Logger.Metadata) {
        for certificate in certificates {
            for finding in CertificateReview.findings(certificate, at: clock.now()) { tell(finding, certificate, place) }
        }
    }

    private func tell(_ finding: CertificateReview.Finding, _ certificate: CertificateFacts, _ place: Logger.Metadata) {
        var metadata = place
        metadata["certificate"] = "\(certificate.path)"
        metadata["name"] = "\(certificate.name)"
        switch finding {
        case .expiresSoon(let days):
            metadata["expires"] = "\(Self.time(certificate.notAfter))"
            metadata["days_left"] = .stringConvertible(days)
            logger.warning("certificate expires soon", metadata: metadata)
        case .expired:
            metadata["expires"] = "\(Self.time(certificate.notAfter))"
            metadata["days_left"] = .stringConvertible(0)
            logger.error("certificate has expired", metadata: metadata)
        case .staleStaple:
            metadata["ocsp"] = "\(certificate.staple?.path ?? "")"
            metadata["valid_from"] = certificate.staple.map { "\(Self.time($0.validFrom))" }
            metadata["valid_until"] = certificate.staple?.validUntil.map { "\(Self.time($0))" }
            logger.warning("OCSP response is out of date and not stapled", metadata: metadata)
        case .revoked:
            metadata["ocsp"] = "\(certificate.staple?.path ?? "")"
            logger.error("certificate is revoked", metadata: metadata)
        }
    }

    /// Any year up to 9999, which is more than nanoseconds could count.
    private static func time(_ seconds: Int64) -> String { Timestamp.text(milliseconds: seconds * 1000) }
}
