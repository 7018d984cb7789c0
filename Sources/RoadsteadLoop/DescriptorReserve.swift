import CLinux

/// The last descriptors of the process, which are kept back from new clients: when these have taken all others, there are still some for
/// whoever was let in before and for operators.
///
/// The kernel gives the lowest number that is free (POSIX 2.14), so one in the reserve says that all below it are taken.
public struct DescriptorReserve: Sendable {
    /// Nothing is kept back.
    public static let none = DescriptorReserve(first: .max)

    private let first: Int32

    private init(first: Int32) { self.first = first }

    /// One descriptor in eight, but no more than 512.
    ///
    /// - Parameter limit: how many the process may have open.
    public init(of limit: Int) { first = Int32(clamping: limit - min(limit / 8, 512)) }

    /// Whether a descriptor that was just opened is one of the last.
    public func holds(_ descriptor: Int32) -> Bool { descriptor >= first }

    /// Gives a descriptor that was opened from the reserve the lowest number that is free meanwhile.
    ///
    /// - Returns: the descriptor that the caller owns instead; nil if none is free below the reserve, and it keeps what it has.
    public func release(_ descriptor: Int32) -> Int32? {
        let other = clinux_duplicate(descriptor)
        guard other >= 0 else { return nil }
        guard !holds(other) else {
            Socket.close(other)
            return nil
        }
        Socket.close(descriptor)
        return other
    }
}
