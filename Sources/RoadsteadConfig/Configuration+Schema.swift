extension Configuration: ConfigurationSection {
    static let fields: [Field<Configuration>] = [
        Field(
            "loops", \.loops, .integer(0...1024, zero: "one per core"), "The number of event loops, each a thread with its own sessions.",
            change: "Set it when the gateway may not use every core of the machine."),
        Field(
            "listeners", \.listeners, .list(of: .section), "The addresses on which clients connect.",
            change: "Add one for each address, or for each way of terminating TLS."),
        Field(
            "admin", \.admin, .section, "The operators' listener: health, metrics, the ops page and the admin API, over plain HTTP.",
            change: "Set it to reach the gateway's metrics and API from other machines."),
        Field(
            "routes", \.routes, .list(of: .section),
            "Which requests go where, and the rules of their sessions. The first that matches wins; a request that none matches gets 404.",
            change: "Add one for each kind of client or backend."),
        Field(
            "upstreams", \.upstreams, .list(of: .section), "The backends that routes name.",
            change: "Add one for each group of endpoints that serve the same thing."),
        Field(
            "authenticators", \.authenticators, .list(of: .section), "The ways of knowing a user that routes name.",
            change: "Add one for each issuer of tokens.", effect: .later()),
        Field(
            "limits", \.limits, .section, "Bounds of the whole gateway.", change: "Fit them to the memory and descriptors of the machine."),
        Field(
            "drain", \.drain, .section, "How the gateway goes down on SIGTERM without all clients reconnecting in one moment.",
            change: "Fit it to the patience of what stops the process."),
        Field("log", \.log, .section, "What is written to standard error.", change: "Fit it to what collects the lines."),
    ]

    static var sample: Configuration {
        var sample = Configuration()
        sample.listeners = [.sample]
        sample.routes = [.sample]
        sample.upstreams = [.sample]
        return sample
    }

    func check(at path: ConfigurationPath, reading: inout Reading) {
        checkNames(listeners.map(\.name), at: path.appending("listeners"), reading: &reading)
        checkNames(routes.map(\.name), at: path.appending("routes"), reading: &reading)
        checkNames(upstreams.map(\.name), at: path.appending("upstreams"), reading: &reading)
        checkNames(authenticators.map(\.name), at: path.appending("authenticators"), reading: &reading)
        checkAddresses(at: path, reading: &reading)
        for (position, route) in routes.enumerated() {
            let place = path.appending("routes").appending(position)
            checkReference(
                route.echo ? "" : route.upstream, to: upstreams.map(\.name), in: path.appending("upstreams"),
                at: place.appending("upstream"), reading: &reading)
            checkReference(
                route.authentication ?? "", to: authenticators.map(\.name), in: path.appending("authenticators"),
                at: place.appending("authentication"), reading: &reading)
        }
    }

    private func checkNames(_ names: [String], at list: ConfigurationPath, reading: inout Reading) {
        for (position, name) in names.enumerated() where !name.isEmpty {
            guard let first = names.firstIndex(of: name), first < position else { continue }
            reading.report(
                "the name \"\(name)\" is already that of \(list.appending(first).text); choose another",
                at: list.appending(position).appending("name"))
        }
    }

    /// `name` is empty when there is nothing to refer to; that is checked elsewhere.
    private func checkReference(
        _ name: String, to names: [String], in list: ConfigurationPath, at path: ConfigurationPath, reading: inout Reading
    ) {
        // An entry without a name has been reported, and may be the one that is meant.
        guard !name.isEmpty, !names.contains(name), !names.contains("") else { return }
        let advice =
            if let nearest = Spelling.nearest(to: name, among: names) {
                "did you mean \"\(nearest)\"?"
            } else if names.isEmpty {
                "there are none; add it under \(list.text)"
            } else {
                "expected one of \(names.joined(separator: ", ")), or a new entry under \(list.text)"
            }
        reading.report("found \"\(name)\", which names none of \(list.text); \(advice)", at: path, comparedWith: [list])
    }

    private func checkAddresses(at path: ConfigurationPath, reading: inout Reading) {
        var places = listeners.indices.map { path.appending("listeners").appending($0).appending("address") }
        places.append(path.appending("admin").appending("address"))
        var taken: [String: ConfigurationPath] = [:]
        for (address, place) in zip(listeners.map(\.address) + [admin.address], places) {
            // Port 0 is another port each time.
            if case .internet(_, port: 0) = address.kind { continue }
            if let other = taken[address.text] {
                // Of two places, the one that the file sets is the one to change.
                let (here, there) = !reading.isSet(place) && reading.isSet(other) ? (other, place) : (place, other)
                let message = "\(address.text) is already the address of \(there.text); choose another"
                reading.report(message, at: here, comparedWith: [there])
            }
            taken[address.text] = place
        }
    }
}
