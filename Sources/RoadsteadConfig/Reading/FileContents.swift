import FoundationEssentials

/// Reads whole files, and says in words why it could not.
enum FileContents {
    /// The bytes of the file; relative paths are relative to the working directory.
    static func read(_ path: String) -> Result<[UInt8], ValueFault> {
        do {
            return .success([UInt8](try Data(contentsOf: URL(filePath: path))))
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
            return .failure("does not exist")
        } catch let error as CocoaError where error.code == .fileReadNoPermission {
            // Devices and pipes are told as this as well.
            return .failure("is not a regular file that this user may read")
        } catch {
            return .failure("cannot be read")
        }
    }

    /// The contents without the one newline that editors put at the end.
    static func withoutFinalNewline(_ contents: [UInt8]) -> [UInt8] {
        guard contents.last == UInt8(ascii: "\n") else { return contents }
        let line = contents.dropLast()
        return Array(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
    }
}
