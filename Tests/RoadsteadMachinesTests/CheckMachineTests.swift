import RoadsteadMachines
import Testing

/// Everything that a driver can tell a check.
private enum CheckInput: CaseIterable {
    case connected, secured, statusOK, statusMoved, statusRefused, statusEarlyHints, statusSwitching, upgradeAccepted, invalidAnswer
    case pongReceived, closeReceived, refused, ended, tlsFailed, timedOut

    func apply(to machine: inout CheckMachine) -> CheckMachine.Action {
        switch self {
        case .connected: machine.connected()
        case .secured: machine.secured()
        case .statusOK: machine.headReceived(status: 200)
        case .statusMoved: machine.headReceived(status: 399)
        case .statusRefused: machine.headReceived(status: 400)
        case .statusEarlyHints: machine.headReceived(status: 103)
        case .statusSwitching: machine.headReceived(status: 101)
        case .upgradeAccepted: machine.upgradeAccepted()
        case .invalidAnswer: machine.invalidAnswer()
        case .pongReceived: machine.pongReceived()
        case .closeReceived: machine.closeReceived()
        case .refused: machine.refused()
        case .ended: machine.ended()
        case .tlsFailed: machine.tlsFailed()
        case .timedOut: machine.timedOut()
        }
    }
}

/// The states of a check.
private enum CheckPhase: CaseIterable {
    case connecting, connectingOfTwo, securing, securingOfTwo, askingPath, askingUpgrade, pinging, parting, over

    /// A check in this state.
    var machine: CheckMachine {
        let kind: CheckMachine.Kind = self == .askingPath ? .http : .websocket
        let addresses = self == .connectingOfTwo || self == .securingOfTwo ? 2 : 1
        var machine = CheckMachine(kind: kind, isSecure: true, addresses: addresses)
        _ = machine.began()
        let inputs: [CheckInput] =
            switch self {
            case .connecting, .connectingOfTwo: []
            case .securing, .securingOfTwo: [.connected]
            case .askingPath, .askingUpgrade: [.connected, .secured]
            case .pinging: [.connected, .secured, .upgradeAccepted]
            case .parting: [.connected, .secured, .upgradeAccepted, .pongReceived]
            case .over: [.timedOut]
            }
        for input in inputs { _ = input.apply(to: &machine) }
        return machine
    }

    /// What each input must lead to in this state; nothing, if it is not named.
    var actions: [CheckInput: CheckMachine.Action] {
        switch self {
        case .connecting:
            [.refused: .finish(.l4Refused), .ended: .finish(.l4Failed), .tlsFailed: .finish(.tlsFailed), .timedOut: .finish(.l4Timeout)]
        case .connectingOfTwo:
            [.refused: .connect(address: 1), .ended: .connect(address: 1), .tlsFailed: .finish(.tlsFailed), .timedOut: .finish(.l4Timeout)]
        case .securing:
            [
                .secured: .sendRequest, .refused: .finish(.tlsFailed), .ended: .finish(.tlsFailed), .tlsFailed: .finish(.tlsFailed),
                .timedOut: .finish(.tlsTimeout),
            ]
        case .securingOfTwo:
            [
                .secured: .sendRequest, .refused: .connect(address: 1), .ended: .connect(address: 1), .tlsFailed: .finish(.tlsFailed),
                .timedOut: .finish(.tlsTimeout),
            ]
        case .askingPath:
            [
                .statusOK: .finish(.ok), .statusMoved: .finish(.ok), .statusRefused: .finish(.httpStatus),
                .statusSwitching: .finish(.httpStatus),
                .upgradeAccepted: .sendPing, .invalidAnswer: .finish(.httpInvalid), .refused: .finish(.httpInvalid),
                .ended: .finish(.httpInvalid),
                .tlsFailed: .finish(.tlsFailed), .timedOut: .finish(.httpTimeout),
            ]
        case .askingUpgrade:
            [
                .statusOK: .finish(.httpStatus), .statusMoved: .finish(.httpStatus), .statusRefused: .finish(.httpStatus),
                .statusSwitching: .finish(.httpStatus), .upgradeAccepted: .sendPing, .invalidAnswer: .finish(.httpInvalid),
                .refused: .finish(.httpInvalid), .ended: .finish(.httpInvalid), .tlsFailed: .finish(.tlsFailed),
                .timedOut: .finish(.httpTimeout),
            ]
        case .pinging:
            [
                .invalidAnswer: .finish(.wsNoPong), .pongReceived: .finishPolitely, .closeReceived: .finish(.wsNoPong),
                .refused: .finish(.wsNoPong),
                .ended: .finish(.wsNoPong), .tlsFailed: .finish(.wsNoPong), .timedOut: .finish(.wsNoPong),
            ]
        case .parting: [.invalidAnswer: .drop, .closeReceived: .drop, .refused: .drop, .ended: .drop, .tlsFailed: .drop, .timedOut: .drop]
        case .over: [:]
        }
    }
}

@Suite("A check of an endpoint")
struct CheckMachineTests {
    @Test("answers every input in every state as it should", arguments: CheckPhase.allCases)
    fileprivate func table(_ phase: CheckPhase) {
        for input in CheckInput.allCases {
            var machine = phase.machine
            let expected = phase.actions[input] ?? .none
            #expect(input.apply(to: &machine) == expected, "\(input) while \(phase)")
            switch expected {
            case .finish, .drop:
                // It ends once.
                for late in CheckInput.allCases { #expect(late.apply(to: &machine) == .none, "\(late) after \(input) while \(phase)") }
            case .none, .connect, .sendRequest, .sendPing, .finishPolitely:
                break
            }
            let expectsFrames = phase == .pinging || phase == .parting
            if expected == .none { #expect(machine.isUpgraded == expectsFrames, "\(input) while \(phase)") }
        }
    }

    @Test("is ok when connected, if no more is asked", arguments: [false, true])
    func tcp(isSecure: Bool) {
        var machine = CheckMachine(kind: .tcp, isSecure: isSecure, addresses: 1)
        #expect(machine.began() == .connect(address: 0))
        #expect(machine.connected() == (isSecure ? .none : .finish(.ok)))
        if isSecure { #expect(machine.secured() == .finish(.ok)) }
    }

    @Test("asks at once without TLS", arguments: [CheckMachine.Kind.http, .websocket])
    func plain(kind: CheckMachine.Kind) {
        var machine = CheckMachine(kind: kind, isSecure: false, addresses: 1)
        _ = machine.began()
        #expect(machine.connected() == .sendRequest)
    }

    @Test("finds nothing without an address", arguments: CheckMachine.Kind.allCases)
    func unresolved(kind: CheckMachine.Kind) {
        var machine = CheckMachine(kind: kind, isSecure: false, addresses: 0)
        #expect(machine.began() == .finish(.unresolved))
        #expect(machine.timedOut() == .none)
    }

    @Test("tries every address in turn and ends as the last one did")
    func addresses() {
        var machine = CheckMachine(kind: .tcp, isSecure: false, addresses: 3)
        #expect(machine.began() == .connect(address: 0))
        #expect(machine.refused() == .connect(address: 1))
        #expect(machine.refused() == .connect(address: 2))
        #expect(machine.ended() == .finish(.l4Failed))
    }

    @Test(
        "takes the statuses from 200 to 399 for an answer",
        arguments: [
            (100, false), (199, false), (200, true), (399, true), (400, true), (500, true), (999, true), (101, true),
        ])
    func statuses(status: Int, decides: Bool) {
        var machine = CheckMachine(kind: .http, isSecure: false, addresses: 1)
        _ = (machine.began(), machine.connected())
        let result: CheckResult = (200...399).contains(status) ? .ok : .httpStatus
        #expect(machine.headReceived(status: status) == (decides ? .finish(result) : .none))
    }

    @Test("counts what was reached by the result", arguments: CheckResult.allCases)
    func reachability(result: CheckResult) {
        let isLow = ["unresolved", "l4_", "tls_"].contains { result.rawValue.hasPrefix($0) }
        #expect(result.isReachable == !isLow)
    }
}
