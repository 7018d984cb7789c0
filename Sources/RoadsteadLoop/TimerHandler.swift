/// Whoever is told that a timer's deadline has passed.
///
/// The loop keeps the handler alive until the timer has fired or was cancelled.
public protocol TimerHandler: AnyObject {
    /// The timer's deadline has passed. Called on the loop's thread, once, never early, never after `EventLoop.cancel`.
    func timerFired(_ timer: TimerID)
}
