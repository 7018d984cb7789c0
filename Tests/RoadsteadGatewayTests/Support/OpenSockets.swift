import Foundation

/// The TCP connections of this process, as the kernel lists them.
enum OpenSockets {
    /// Descriptors of connections from a port of ours, or to a port: the gateway's end of its clients' and backends' connections.
    static func count(localPort: UInt16, remotePort: UInt16) throws -> Int {
        let table = try String(contentsOfFile: "/proc/self/net/tcp", encoding: .utf8)
        var inodes: Set<String> = []
        for line in table.split(separator: "\n").dropFirst() {
            let columns = line.split(separator: " ")
            // Columns: number, local, remote, state (0A is a listener), ... and the tenth is the inode; 0 is of nobody.
            guard columns.count > 9, columns[3] != "0A" else { continue }
            if port(columns[1]) == localPort || port(columns[2]) == remotePort { inodes.insert(String(columns[9])) }
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        return names.count { name in
            // A descriptor may have been closed since it was listed.
            guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)") else { return false }
            return inodes.contains { target == "socket:[\($0)]" }
        }
    }

    private static func port(_ column: Substring) -> UInt16? { column.split(separator: ":").last.flatMap { UInt16($0, radix: 16) } }
}
