// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target: Swift 6 language mode, strict memory safety, warnings are errors.
let strict: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableExperimentalFeature("Lifetimes"),
]

let package = Package(
    name: "roadstead",
    products: [.executable(name: "roadstead", targets: ["roadstead"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // L0: C, as it comes.
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CLinux"),
        // L1: pure decisions and bytes.
        .target(name: "RoadsteadWire", swiftSettings: strict),
        .target(name: "RoadsteadMachines", swiftSettings: strict),
        // L1c: engines, bytes in and bytes out.
        .target(name: "RoadsteadTLS", dependencies: ["COpenSSL"], swiftSettings: strict),
        .target(name: "RoadsteadDeflate", dependencies: ["CZlib"], swiftSettings: strict),
        // L2: the system, configuration, numbers.
        .target(name: "RoadsteadLoop", dependencies: ["CLinux"], swiftSettings: strict),
        .target(name: "RoadsteadConfig", dependencies: ["Yams"], swiftSettings: strict),
        .target(name: "RoadsteadMetrics", swiftSettings: strict),
        // L3: drivers.
        .target(
            name: "RoadsteadGateway",
            dependencies: [
                "RoadsteadWire", "RoadsteadMachines", "RoadsteadTLS", "RoadsteadDeflate", "RoadsteadLoop", "RoadsteadConfig",
                "RoadsteadMetrics",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        // L4: the executable.
        .executableTarget(
            name: "roadstead",
            dependencies: [
                "RoadsteadGateway", "RoadsteadConfig", "RoadsteadLoop", "RoadsteadTLS", "RoadsteadWire",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),

        // What the fuzzer tries; its seeds are run as tests.
        .target(
            name: "FuzzTargets",
            dependencies: ["RoadsteadWire", "RoadsteadMachines", "RoadsteadDeflate", "RoadsteadConfig", "RoadsteadGateway"],
            path: "Fuzz/Targets"),
        // What several test targets need.
        .target(name: "TestSupport", path: "Tests/TestSupport"),
        .testTarget(name: "FuzzTests", dependencies: ["FuzzTargets"]),

        .testTarget(name: "RoadsteadWireTests", dependencies: ["RoadsteadWire", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "RoadsteadMachinesTests", dependencies: ["RoadsteadMachines", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "RoadsteadTLSTests", dependencies: ["RoadsteadTLS", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "RoadsteadDeflateTests", dependencies: ["RoadsteadDeflate", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "RoadsteadLoopTests", dependencies: ["RoadsteadLoop"], swiftSettings: strict),
        .testTarget(name: "RoadsteadConfigTests", dependencies: ["RoadsteadConfig"], swiftSettings: strict),
        .testTarget(name: "RoadsteadMetricsTests", dependencies: ["RoadsteadMetrics", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "RoadsteadGatewayTests", dependencies: ["RoadsteadGateway", "RoadsteadDeflate", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "RoadsteadCommandTests", dependencies: ["roadstead", "RoadsteadConfig", "RoadsteadWire"], swiftSettings: strict),
        .testTarget(name: "StructureTests", swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)

// The fuzzer itself needs libFuzzer, which brings its own entry point: `make fuzz`.
if Context.environment["ROADSTEAD_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "roadstead-fuzz", dependencies: ["FuzzTargets"], path: "Fuzz/Runner", swiftSettings: [.unsafeFlags(["-parse-as-library"])]
        ))
}
