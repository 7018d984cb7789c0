import CLinux
import Glibc

extension Socket {
    /// Whether TCP still waits for the peer's answer to the connect. False on other sockets, which connect at once.
    public static func isConnecting(_ descriptor: Int32) -> Bool {
        // tcp(7): `struct tcp_info` begins with a byte for the state, and the kernel fills in as much of the structure as there is room for.
        let beginning = clinux_option(descriptor, Int32(IPPROTO_TCP), TCP_INFO)
        return beginning > 0 && UInt32(bitPattern: beginning).littleEndian & 0xFF == synSent
    }

    /// `TCP_SYN_SENT` of the kernel's tcp_states.h.
    private static let synSent: UInt32 = 2
}
