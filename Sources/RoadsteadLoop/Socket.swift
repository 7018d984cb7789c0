import CLinux
import Glibc

/// Non-blocking stream sockets. A descriptor is an `Int32`, and what a call met is a value.
public enum Socket {
    /// Receives into `bytes`, which must not be empty.
    public static func receive(_ descriptor: Int32, into bytes: inout MutableRawSpan) -> ReceiveOutcome {
        receive(descriptor, into: &bytes, flags: 0)
    }

    /// The same, but what came stays to be received.
    public static func peek(_ descriptor: Int32, into bytes: inout MutableRawSpan) -> ReceiveOutcome {
        receive(descriptor, into: &bytes, flags: Int32(MSG_PEEK))
    }

    @inline(__always)
    private static func receive(_ descriptor: Int32, into bytes: inout MutableRawSpan, flags: Int32) -> ReceiveOutcome {
        precondition(!bytes.isEmpty, "an empty buffer cannot tell bytes from the end of the stream")
        while true {
            // SAFETY: the kernel writes at most the span's bytes, within the closure.
            let count = unsafe bytes.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, flags) }
            if count > 0 { return .bytes(count) }
            if count == 0 { return .endOfStream }
            switch errno {
            case EAGAIN: return .wouldBlock
            case EINTR: continue
            case let code: return .failed(code)
            }
        }
    }

    /// Sends as much of `bytes` as the kernel takes. A broken connection is an outcome, never a SIGPIPE.
    public static func send(_ descriptor: Int32, _ bytes: RawSpan) -> SendOutcome {
        while true {
            // SAFETY: the kernel reads the span's bytes, within the closure.
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count >= 0 { return .sent(count) }
            switch errno {
            case EAGAIN: return .wouldBlock
            case EINTR: continue
            case let code: return .failed(code)
            }
        }
    }

    /// Takes one connection from a listener; it is non-blocking and sends small segments at once.
    public static func accept(_ listener: Int32) -> AcceptOutcome {
        // TCP_NODELAY comes with the listener, see `listen`.
        // SAFETY: the kernel writes an address within the closure, as long as the length says at most.
        let (descriptor, address) = unsafe SocketAddress.reading { unsafe clinux_accept(listener, $0, $1) }
        switch -descriptor {
        case ...0: return .accepted(descriptor, address)
        case EAGAIN: return .wouldBlock
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .outOfDescriptors
        // accept(2): errors pending on the new connection are reported by accept; the listener is well.
        case ECONNABORTED, EINTR, EPROTO, EPERM, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH:
            return .retry
        case let code: return .failed(code)
        }
    }

    /// Begins a connection.
    /// - Parameter reserve: descriptors that it must not take; it fails with `EMFILE` then.
    public static func connect(to address: SocketAddress, keeping reserve: DescriptorReserve = .none) -> ConnectOutcome {
        let descriptor = clinux_stream_socket(address.family)
        guard descriptor >= 0 else { return .failed(-descriptor) }
        guard !reserve.holds(descriptor) else {
            close(descriptor)
            return .failed(EMFILE)
        }
        if !address.isUnix { _ = clinux_set_option(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1) }
        // SAFETY: the pointer and length are valid within the closure, which is all connect needs.
        let code = unsafe address.withSystemAddress { unsafe Glibc.connect(descriptor, $0, $1) == 0 ? 0 : errno }
        switch code {
        case 0: return .connected(descriptor)
        // connect(2): interrupted, it goes on by itself.
        case EINPROGRESS, EINTR: return .inProgress(descriptor)
        default:
            close(descriptor)
            return .failed(code)
        }
    }

    /// How a connect that was in progress ended: 0, or its `errno`. Reading clears it.
    public static func connectError(_ descriptor: Int32) -> Int32 {
        let value = clinux_option(descriptor, SOL_SOCKET, SO_ERROR)
        return value < 0 ? -value : value
    }

    /// Tells the peer that nothing more will be sent.
    public static func shutdownWriting(_ descriptor: Int32) {
        _ = shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Gives the descriptor back. One that a loop owns is closed with `EventLoop.close`.
    public static func close(_ descriptor: Int32) {
        // close(2): on Linux the descriptor is gone whatever this returns, so there is nothing to retry.
        _ = Glibc.close(descriptor)
    }

    /// How long sent bytes may stay unacknowledged before the connection is broken off (`TCP_USER_TIMEOUT`). Nothing on unix sockets.
    public static func setUserTimeout(_ descriptor: Int32, _ timeout: Duration) {
        let milliseconds = timeout.attoseconds / 1_000_000_000_000_000
        _ = clinux_set_option(descriptor, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, Int32(clamping: max(milliseconds, 0)))
    }

    /// Makes `close` send a reset and drop what is unsent.
    public static func setLinger0(_ descriptor: Int32) {
        _ = clinux_set_abortive_close(descriptor)
    }

    /// The address a socket is bound to: the port that port 0 became.
    public static func localAddress(_ descriptor: Int32) throws(LoopError) -> SocketAddress {
        // SAFETY: the kernel writes an address within the closure, as long as the length says at most.
        let (code, address) = unsafe SocketAddress.reading { unsafe getsockname(descriptor, $0, $1) == 0 ? 0 : errno }
        guard code == 0 else {
            throw LoopError.system(operation: "ask for the address of", subject: "descriptor \(descriptor)", code: code)
        }
        return address
    }
}
