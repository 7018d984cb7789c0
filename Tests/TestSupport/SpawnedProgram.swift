import Glibc

/// Another program, started for a test.
///
/// Not Foundation's `Process`: in a process with many open descriptors that reads beyond the end of a full directory buffer, and by chance crashes.
public struct SpawnedProgram: Sendable {
    /// It could not be started, for this errno.
    public struct Failure: Error {
        /// The errno.
        public let error: Int32
    }

    /// Its id.
    public let id: pid_t

    /// Starts it; the first word is looked up in PATH. Descriptors that are nil are /dev/null.
    public init(_ command: [String], input: Int32? = nil, output: Int32? = nil, error: Int32? = nil) throws(Failure) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (wanted, descriptor) in [input, output, error].enumerated() {
            if let descriptor {
                posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(wanted))
            } else {
                posix_spawn_file_actions_addopen(&actions, Int32(wanted), "/dev/null", wanted == 0 ? O_RDONLY : O_WRONLY, 0)
            }
        }
        var arguments = command.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var id: pid_t = 0
        let status = posix_spawnp(&id, command[0], &actions, nil, &arguments, environ)
        guard status == 0 else { throw Failure(error: status) }
        self.id = id
    }

    /// Waits for its end. Returns its exit status, or -1 if a signal ended it.
    @discardableResult
    public func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(id, &status, 0) == -1, errno == EINTR {}
        return status & 0x7F == 0 ? status >> 8 & 0xFF : -1
    }
}
