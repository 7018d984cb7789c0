/// The keys that were set but have no effect yet: one sentence each, however many entries of a list set them.
struct Warnings {
    private var places: [(pattern: String, note: String, origins: [Origin])] = []

    /// Adds a key.
    mutating func add(_ path: ConfigurationPath, note: String, origin: Origin) {
        if let index = places.firstIndex(where: { $0.pattern == path.pattern }) {
            places[index].origins.append(origin)
        } else {
            places.append((path.pattern, note, [origin]))
        }
    }

    /// The sentences, in the order of the reference.
    func sentences(file: String) -> [String] {
        places.map { place in
            let others = place.origins.count > 1 ? " and \(place.origins.count - 1) more" : ""
            return "\(place.pattern): \(place.note) (\(place.origins[0].text(file: file))\(others))"
        }
    }
}
