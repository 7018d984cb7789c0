extension Configuration {
    /// What `roadstead serve` runs without a file: an echo over TLS for this machine, with certificates from `certs/`.
    public static let developmentText = """
        listeners:
          - name: development
            address: "127.0.0.1:8443"
            tls:
              certificates:
                - { certificate: certs/server.pem, key: certs/server.key }
        routes:
          - name: echo
            match: { path: /echo }
            echo: true

        """

    /// The configuration of `developmentText`, as it is without environment variables and flags.
    ///
    /// To let those have their say, load the text: `load(text: developmentText, name: "development", …)`.
    public static var development: Configuration {
        switch load(text: developmentText, name: "development", environment: [:], certificateProblem: { _, _ in nil }) {
        case .success(let loaded): loaded.configuration
        case .failure(let errors): preconditionFailure("The development configuration is not valid: \(errors)")
        }
    }
}
