/// What the process ends with.
enum ExitStatus: Int32, Equatable {
    /// What was asked for was done.
    case ok = 0
    /// It was understood, and failed.
    case failed = 1
    /// The command line or the configuration is wrong.
    case badUsage = 2

    /// The status for a code of ArgumentParser, which follows sysexits.h: 64 is a mistake on the command line.
    init(parserCode: Int32) {
        switch parserCode {
        case 0: self = .ok
        case 2, 64: self = .badUsage
        case _: self = .failed
        }
    }
}
