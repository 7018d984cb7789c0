import RoadsteadTLS

/// What this program is and what it was made with.
enum Version {
    /// The release, by semantic versioning; the only place that says it.
    static let release = "0.1.0"

    /// The language version that the sources need and are built with.
    #if compiler(>=6.4)
        static let swift = "6.4 or newer"
    #elseif compiler(>=6.3)
        static let swift = "6.3"
    #else
        static let swift = "6.2"
    #endif

    /// One line for `roadstead version`.
    static var line: String { "roadstead \(release) (Swift \(swift), OpenSSL \(TLSLibrary.version))" }
}
