/// What a gateway holds for its clients at one moment; the same before and after, or something has leaked.
struct Holdings: Equatable {
    var sessions = 0
    var leases = 0
    var timers = 0
    var registrations = 0
    var queuedBytes = 0
}
