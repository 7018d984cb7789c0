/// What the support of the tests did not get in time or in the form that the test expects.
struct TestFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
