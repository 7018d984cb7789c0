extension Configuration {
    /// What `roadstead serve` runs without a file: an echo over TLS for this machine, with certificates from `certs/`.
    public static var development: Configuration {
        var configuration = Configuration()
        let certificate = CertificateConfiguration(certificate: "certs/server.pem", key: "certs/server.key")
        configuration.listeners = [
            ListenerConfiguration(
                name: "development", address: ListenAddress(host: "127.0.0.1", port: 8443),
                tls: ListenerTLSConfiguration(certificates: [certificate]))
        ]
        configuration.routes = [RouteConfiguration(name: "echo", path: "/echo", target: .echo)]
        return configuration
    }
}
