/// What is wrong with the variables in one text.
struct SubstitutionFaults: Error, Equatable {
    /// The words, one entry for each mistake.
    let explanations: [String]
}
