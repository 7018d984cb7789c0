import RoadsteadLoop
import Testing

@testable import RoadsteadGateway

@Suite("AddressBudget")
struct AddressBudgetTests {
    private static func key(_ text: String) -> AddressBudget.Key? { SocketAddress(parsing: text).flatMap { AddressBudget.Key($0) } }

    static let alike: [(String, String, Bool)] = [
        ("192.0.2.1:1", "192.0.2.1:2", true),
        ("192.0.2.1:1", "192.0.2.2:1", false),
        ("192.0.2.1:1", "[::ffff:192.0.2.1]:2", true),
        ("[2001:db8:0:1::1]:1", "[2001:db8:0:1:ffff::2]:1", true),
        ("[2001:db8:0:1::1]:1", "[2001:db8:0:2::1]:1", false),
        // An IPv4 address is not the /64 with the same first bytes.
        ("192.0.2.1:1", "[0:0:c000:201::1]:1", false),
    ]

    @Test("an IPv4 address counts by itself and an IPv6 one by its /64", arguments: alike)
    func keys(_ first: String, _ second: String, _ isAlike: Bool) throws {
        let (first, second) = try (#require(Self.key(first)), #require(Self.key(second)))
        #expect((first == second) == isAlike)
    }

    @Test("a unix socket's peer is not counted")
    func unix() { #expect(Self.key("unix:/run/socket") == nil) }

    @Test("an address has as many seats as the limit, gets them back, and leaves nothing behind")
    func seats() throws {
        let budget = AddressBudget(limit: 2)
        let (one, other) = try (#require(Self.key("192.0.2.1:1")), #require(Self.key("[2001:db8::1]:1")))
        #expect(budget.takeSeat(one) && budget.takeSeat(one) && !budget.takeSeat(one))
        #expect(budget.takeSeat(other))
        budget.leave(one)
        #expect(budget.takeSeat(one) && !budget.takeSeat(one))
        for key in [one, one, other] { budget.leave(key) }
        #expect(budget.count == 0)
    }

    @Test("connections that are opening have a bound of their own")
    func connections() throws {
        let budget = AddressBudget(limit: 1)
        let key = try #require(Self.key("192.0.2.1:1"))
        let most = 1 + AddressBudget.openingAllowance
        let areLetIn = (0..<most).allSatisfy { _ in budget.connect(key) }
        #expect(areLetIn && !budget.connect(key))
        budget.disconnect(key)
        #expect(budget.connect(key) && budget.takeSeat(key))
        for _ in 0..<most { budget.disconnect(key) }
        #expect(budget.count == 1)
        budget.leave(key)
        #expect(budget.count == 0)
    }
}
