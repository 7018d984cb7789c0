// One check of one endpoint: what `l4_…`, `tls_…`, `http_…` and `ws_…` mean.
//
//    began ──▶ connecting ──▶ securing (wss) ──▶ asking (http, websocket) ──▶ pinging (websocket) ──▶ parting ──▶ over
//                │   │ ▲           │                │                            │                      │
//                │   └─┘ the next address           │                            └──▶ ok, close 1000 ───┘
//                └─────────────────┴────────────────┴──▶ over, with what was missing
//
// `tcp` is ok when connected, TLS included; `http` with a status from 200 to 399; `websocket` (RFC 6455) with the 101 and the pong to our
// ping. One timeout covers all of it and all addresses of the endpoint. What comes after the end is ignored.

/// Decides how a check goes on and how it ended.
public struct CheckMachine: Sendable {
    /// What is asked of an endpoint (configuration `health.kind`).
    public enum Kind: Sendable, Equatable, CaseIterable {
        /// A connection.
        case tcp
        /// A path.
        case http
        /// An upgrade and a pong.
        case websocket
    }

    /// What the driver must do.
    public enum Action: Equatable, Sendable {
        /// Nothing.
        case none
        /// Drop what there is and connect to this one of the endpoint's addresses.
        case connect(address: Int)
        /// Send the request.
        case sendRequest
        /// Send a ping.
        case sendPing
        /// Drop the connection; this is the result.
        case finish(CheckResult)
        /// The result is `ok`. Send a close 1000 and wait for the answer.
        case finishPolitely
        /// Drop the connection. The result was given before.
        case drop
    }

    private enum State: Sendable {
        /// TCP is under way, to this address. Can become: connecting to the next one, securing, asking, over.
        case connecting(address: Int)
        /// TLS is under way. Can become: connecting to the next address, asking, over.
        case securing(address: Int)
        /// The request is out. Can become: pinging, over.
        case asking
        /// The ping is out. Can become: parting, over.
        case pinging
        /// The result is given and our close is out. Can become: over.
        case parting
        /// Nothing is left to do. Can become: nothing.
        case over
    }

    private let kind: Kind
    private let isSecure: Bool
    private let addresses: Int
    private var state = State.connecting(address: 0)

    /// - Parameter addresses: how many addresses the endpoint has.
    public init(kind: Kind, isSecure: Bool, addresses: Int) {
        self.kind = kind
        self.isSecure = isSecure
        self.addresses = addresses
    }

    /// Whether what comes are WebSocket frames.
    public var isUpgraded: Bool {
        switch state {
        case .pinging, .parting: true
        case .connecting, .securing, .asking, .over: false
        }
    }

    /// It begins, once.
    public mutating func began() -> Action { addresses > 0 ? .connect(address: 0) : finish(.unresolved) }

    /// TCP is there.
    public mutating func connected() -> Action {
        switch state {
        case .connecting(let address):
            guard isSecure else { return ask() }
            state = .securing(address: address)
            return .none
        case .securing, .asking, .pinging, .parting, .over:
            return .none
        }
    }

    /// TLS is there.
    public mutating func secured() -> Action {
        switch state {
        case .securing: ask()
        case .connecting, .asking, .pinging, .parting, .over: .none
        }
    }

    /// The head of an answer came that is not the 101 asked for. Others of 1xx are followed by another head (RFC 9110 section 15.2).
    public mutating func headReceived(status: Int) -> Action {
        switch state {
        case .asking:
            if (100...199).contains(status), status != 101 { return .none }
            return finish(kind == .http && (200...399).contains(status) ? .ok : .httpStatus)
        case .connecting, .securing, .pinging, .parting, .over:
            return .none
        }
    }

    /// The 101 came and is right.
    public mutating func upgradeAccepted() -> Action {
        switch state {
        case .asking:
            state = .pinging
            return .sendPing
        case .connecting, .securing, .pinging, .parting, .over:
            return .none
        }
    }

    /// What came is not HTTP, not a right 101, or not WebSocket.
    public mutating func invalidAnswer() -> Action {
        switch state {
        case .asking: finish(.httpInvalid)
        case .pinging: finish(.wsNoPong)
        case .parting: drop()
        case .connecting, .securing, .over: .none
        }
    }

    /// The pong to our ping came.
    public mutating func pongReceived() -> Action {
        switch state {
        case .pinging:
            state = .parting
            return .finishPolitely
        case .connecting, .securing, .asking, .parting, .over:
            return .none
        }
    }

    /// The peer's close frame came.
    public mutating func closeReceived() -> Action {
        switch state {
        case .pinging: finish(.wsNoPong)
        case .parting: drop()
        case .connecting, .securing, .asking, .over: .none
        }
    }

    /// The address refuses connections.
    public mutating func refused() -> Action {
        switch state {
        case .connecting(let address): tryNext(after: address, otherwise: .l4Refused)
        case .securing, .asking, .pinging, .parting, .over: ended()
        }
    }

    /// The stream ended, or the connection broke or could not be made.
    public mutating func ended() -> Action {
        switch state {
        case .connecting(let address): tryNext(after: address, otherwise: .l4Failed)
        case .securing(let address): tryNext(after: address, otherwise: .tlsFailed)
        case .asking: finish(.httpInvalid)
        case .pinging: finish(.wsNoPong)
        case .parting: drop()
        case .over: .none
        }
    }

    /// TLS failed: in the handshake, or behind it when TLS 1.3 refuses our certificate.
    public mutating func tlsFailed() -> Action {
        switch state {
        case .connecting, .securing, .asking: finish(.tlsFailed)
        case .pinging: finish(.wsNoPong)
        case .parting: drop()
        case .over: .none
        }
    }

    /// The time is over.
    public mutating func timedOut() -> Action {
        switch state {
        case .connecting: finish(.l4Timeout)
        case .securing: finish(.tlsTimeout)
        case .asking: finish(.httpTimeout)
        case .pinging: finish(.wsNoPong)
        case .parting: drop()
        case .over: .none
        }
    }

    private mutating func ask() -> Action {
        switch kind {
        case .tcp: return finish(.ok)
        case .http, .websocket:
            state = .asking
            return .sendRequest
        }
    }

    private mutating func tryNext(after address: Int, otherwise result: CheckResult) -> Action {
        guard address + 1 < addresses else { return finish(result) }
        state = .connecting(address: address + 1)
        return .connect(address: address + 1)
    }

    private mutating func finish(_ result: CheckResult) -> Action {
        state = .over
        return .finish(result)
    }

    private mutating func drop() -> Action {
        state = .over
        return .drop
    }
}
