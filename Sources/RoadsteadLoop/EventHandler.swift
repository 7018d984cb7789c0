/// Whoever is told that a registered descriptor is ready.
///
/// The loop keeps the handler alive from `EventLoop.register` to the end of the iteration in which `EventLoop.close` was called.
public protocol EventHandler: AnyObject {
    /// The descriptor became ready. Called on the loop's thread, never after its registration was closed.
    func ready(_ readiness: Readiness)
}
