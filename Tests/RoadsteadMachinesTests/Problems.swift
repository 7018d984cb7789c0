/// What went wrong first in a random story; shared by the copies of the story, which is a value.
final class Problems {
    private(set) var first: String?

    func expect(_ holds: Bool, _ words: @autoclosure () -> String) {
        if !holds, first == nil { first = words() }
    }
}
