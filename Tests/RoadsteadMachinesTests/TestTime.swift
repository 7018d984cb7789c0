import RoadsteadMachines

/// When every test begins.
let start = ContinuousClock.now

/// An instant of a test, by how long after `start` it is.
func at(_ elapsed: Duration) -> Instant { start + elapsed }

/// The shortest time: what a moment too early is short of.
let moment = Duration.nanoseconds(1)
