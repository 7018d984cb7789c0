/// Where code may stand that the compiler can't prove safe.
enum UnsafeRules {
    /// The only files with `unsafe` in them, and what each needs it for. The list is exact: a file that no longer needs it must go.
    static let files: [String: String] = [
        "Sources/RoadsteadDeflate/Deflater.swift": "a compressing z_stream",
        "Sources/RoadsteadDeflate/Inflater.swift": "an inflating z_stream",
        "Sources/RoadsteadGateway/IO/ByteQueue.swift": "the memory of queued bytes",
        "Sources/RoadsteadGateway/IO/RawSpan+Bytes.swift": "a bounds-checked load of one byte",
        "Sources/RoadsteadGateway/IO/SystemError.swift": "strerror",
        "Sources/RoadsteadGateway/IO/WallTime.swift": "clock_gettime",
        "Sources/RoadsteadLoop/Epoll.swift": "epoll_ctl and epoll_wait",
        "Sources/RoadsteadLoop/ErrorNumber.swift": "errno and strerror",
        "Sources/RoadsteadLoop/EventLoop+Executor.swift": "running jobs of Swift concurrency",
        "Sources/RoadsteadLoop/EventLoop.swift": "the loop's own state, shared by promise and confined by assertion",
        "Sources/RoadsteadLoop/IOBuffer.swift": "the memory that a loop's reads share",
        "Sources/RoadsteadLoop/LoopConfined.swift": "state without exclusivity checks, confined to its loop",
        "Sources/RoadsteadLoop/LoopThread.swift": "pthread_create and pthread_join",
        "Sources/RoadsteadLoop/Resolver.swift": "getaddrinfo's list",
        "Sources/RoadsteadLoop/SecureRandom.swift": "getrandom",
        "Sources/RoadsteadLoop/SocketFile.swift": "open, lstat and unlink",
        "Sources/RoadsteadLoop/Socket+Listen.swift": "bind, listen and getsockname",
        "Sources/RoadsteadLoop/Socket.swift": "accept, connect, recv and send",
        "Sources/RoadsteadLoop/SocketAddress+System.swift": "sockaddr",
        "Sources/RoadsteadMetrics/ProcFile.swift": "open, read and readdir of the C library",
        "Sources/RoadsteadMetrics/WordStore.swift": "words written in place, without the run-time checks of an array in a class",
        "Sources/RoadsteadTLS/Arrivals.swift": "the first bytes of a connection",
        "Sources/RoadsteadTLS/Certificate.swift": "X509",
        "Sources/RoadsteadTLS/CertificateIssuer.swift": "making X509 certificates",
        "Sources/RoadsteadTLS/DiskFile.swift": "open, read and write",
        "Sources/RoadsteadTLS/LibraryContext.swift": "SSL_CTX",
        "Sources/RoadsteadTLS/LibraryError.swift": "OpenSSL's error queue",
        "Sources/RoadsteadTLS/MemoryText.swift": "memory BIOs",
        "Sources/RoadsteadTLS/OCSPResponse.swift": "reading OCSP responses",
        "Sources/RoadsteadTLS/PrivateKey.swift": "EVP_PKEY",
        "Sources/RoadsteadTLS/ResumptionScope.swift": "SHA-256",
        "Sources/RoadsteadTLS/StapleShelf.swift": "OCSP responses that OpenSSL asks for",
        "Sources/RoadsteadTLS/TLSChannel.swift": "the memory between OpenSSL and a loop",
        "Sources/RoadsteadTLS/TLSConnection+Negotiated.swift": "what an SSL object negotiated",
        "Sources/RoadsteadTLS/TLSConnection.swift": "SSL",
        "Sources/RoadsteadTLS/TLSContext.swift": "a context that no one changes once it is made",
        "Sources/RoadsteadTLS/TLSSession.swift": "SSL_SESSION",
        "Sources/RoadsteadTLS/TicketKeys.swift": "ticket keys that OpenSSL asks for",
        "Sources/RoadsteadWire/Masking.swift": "masks of eight bytes a step",
        "Sources/RoadsteadWire/RawSpan+Reading.swift": "bounds-checked loads",
        "Sources/roadstead/System/Descriptor.swift": "read and write of standard streams",
        "Sources/roadstead/System/Environment.swift": "environ",
        "Sources/roadstead/System/Poll.swift": "poll",
        "Sources/roadstead/System/RawBytes.swift": "bytes of arrays as spans",
        "Sources/roadstead/System/StandardStream.swift": "write to standard streams",
        "Sources/roadstead/System/TextFile.swift": "reading a whole file",
        "Sources/roadstead/System/WallClock.swift": "clock_gettime",
        "Tests/RoadsteadDeflateTests/Pieces.swift": "system calls and raw bytes of a test",
        "Tests/RoadsteadGatewayTests/Support/Bytes.swift": "system calls and raw bytes of a test",
        "Tests/RoadsteadGatewayTests/Support/Flood.swift": "system calls and raw bytes of a test",
        "Tests/RoadsteadGatewayTests/Support/LogBook.swift": "system calls and raw bytes of a test",
        "Tests/RoadsteadGatewayTests/Support/TestBackend.swift": "system calls and raw bytes of a test",
        "Tests/RoadsteadGatewayTests/Support/ThreadExecutor.swift": "system calls and raw bytes of a test",
        "Tests/RoadsteadLoopTests/SystemTests.swift": "system calls and raw bytes of a test",
        "Tests/RoadsteadLoopTests/TestSockets.swift": "system calls and raw bytes of a test",
        "Tests/RoadsteadTLSTests/HelloWatchTests.swift": "choosing groups",
        "Tests/RoadsteadTLSTests/Peer.swift": "system calls and raw bytes of a test",
        "Tests/RoadsteadTLSTests/TLSChannelTests.swift": "system calls and raw bytes of a test",
        "Tests/RoadsteadTLSTests/TLSKeyUpdateTests.swift": "making key updates",
        "Tests/RoadsteadTLSTests/TLSMemoryTests.swift": "system calls and raw bytes of a test",
        "Tests/RoadsteadTLSTests/TicketKeys+Aging.swift": "the clock of ticket keys",
        "Tests/RoadsteadTLSTests/TestResponder.swift": "making OCSP responses",
        "Tests/RoadsteadWireTests/TestBytes.swift": "system calls and raw bytes of a test",
    ]

    /// How many times in the whole tree a type or variable may claim to be safe to share.
    static let maximumClaims = 5

    /// How far above its use a `// SAFETY:` comment may stand if the lines between are not all of one block.
    static let reach = 6

    /// The lines, counted from 0, whose code goes round a check of the compiler.
    static func uses(in text: SwiftText) -> [Int] {
        text.code.indices.filter { index in
            let code = text.code[index]
            return SwiftText.words(code).contains("unsafe") || code.contains("@unchecked") || code.contains("(unchecked)")
        }
    }

    /// The lines that claim that something may be shared though the compiler can't see it.
    static func claims(in text: SwiftText) -> [Int] {
        text.code.indices.filter { index in
            let code = text.code[index].filter { !$0.isWhitespace }
            return code.contains("@uncheckedSendable") || code.contains("nonisolated(unsafe)")
        }
    }

    /// The uses that no `// SAFETY:` comment speaks for: none on their line, none close above, none at the head of their block.
    static func unexplained(in text: SwiftText) -> [Int] {
        uses(in: text).filter { use in
            if (max(0, use - reach)...use).contains(where: { isExplanation(text.comments[$0]) }) { return false }
            var line = use
            while line >= 0, !isBlank(text, line) {
                if isExplanation(text.comments[line]) { return false }
                line -= 1
            }
            return true
        }
    }

    /// What is wrong with a file, given the list of those that may have `unsafe`.
    static func complaints(about file: SourceFile, listed: Set<String> = Set(files.keys)) -> [String] {
        let uses = uses(in: file.swift)
        switch (listed.contains(file.path), uses.first) {
        case (false, nil): return []
        case (false, let first?):
            return [file.complaint(first, "unsafe code outside the files listed in UnsafeRules.files")]
        case (true, nil):
            return [file.complaint(0, "no unsafe code is left here: take the file off UnsafeRules.files")]
        case (true, _?):
            return unexplained(in: file.swift).map { file.complaint($0, "unsafe code without a // SAFETY: comment above it") }
        }
    }

    /// A comment that says nothing after its mark explains nothing.
    private static func isExplanation(_ comment: String) -> Bool {
        guard let mark = comment.firstRange(of: "// SAFETY:") else { return false }
        return comment[mark.upperBound...].contains { $0.isLetter }
    }

    private static func isBlank(_ text: SwiftText, _ line: Int) -> Bool {
        (text.code[line] + text.comments[line]).allSatisfy(\.isWhitespace)
    }
}
