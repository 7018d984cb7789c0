@testable import RoadsteadTLS

extension TicketKeys {
    /// Lets time pass, for the keys alone.
    func age(seconds: Int) {
        // SAFETY: nobody else uses the keys of a test.
        unsafe memory.pointee.rotated -= seconds
    }
}
