import RoadsteadDeflate
import RoadsteadLoop

/// What the connections of one event loop share for permessage-deflate: contexts that no message is using, and memory for what one step
/// makes. Nothing is there before a message needs it. Loop-confined.
package final class CompressionPool {
    /// Bytes that one step inflates, or compresses to.
    package static let stepSize = 64 * 1024
    /// Contexts of a kind that are kept: as many as messages are usually under way at once, since most come and go within one wake-up.
    private static let spareLimit = 4

    /// What was inflated last. Good until the next step.
    package private(set) lazy var inflated = IOBuffer(capacity: CompressionPool.stepSize)
    /// What was compressed last. Good until the next step.
    private(set) lazy var compressed = IOBuffer(capacity: CompressionPool.stepSize)
    /// By the bits of the window.
    private var deflaters: [[Deflater]] = Array(repeating: [], count: 16)
    private var inflaters: [[Inflater]] = Array(repeating: [], count: 16)

    /// An empty one.
    package init() {}

    /// One that refers to nothing, and has a window of so many bits.
    func takeDeflater(windowBits: Int) -> Deflater { deflaters[windowBits].popLast() ?? Deflater(windowBits: windowBits) }

    /// Its message is over.
    func giveBack(_ deflater: Deflater, windowBits: Int) {
        guard deflaters[windowBits].count < Self.spareLimit else { return }
        deflater.reset()
        deflaters[windowBits].append(deflater)
    }

    /// One that knows nothing, and has a window of so many bits.
    func takeInflater(windowBits: Int) -> Inflater { inflaters[windowBits].popLast() ?? Inflater(windowBits: windowBits) }

    /// Its message is over.
    func giveBack(_ inflater: Inflater, windowBits: Int) {
        guard inflaters[windowBits].count < Self.spareLimit else { return }
        inflater.reset()
        inflaters[windowBits].append(inflater)
    }
}
