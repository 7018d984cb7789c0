import Testing

@testable import RoadsteadMetrics

struct WordStoreTests {
    @Test(arguments: [1, 2, 3, 512])
    func `Words keep their values while the store grows`(capacity: Int) {
        let store = WordStore(capacity: capacity)
        var expected: [UInt64] = []
        for more in [0, 1, 1, 2, 7, 100, 0, 1000] {
            #expect(store.append(more) == expected.count)
            expected += [UInt64](repeating: 0, count: more)
            #expect(store.all == expected)
            for index in expected.indices where expected[index] == 0 {
                expected[index] = UInt64(index + 1)
                store[index] = UInt64(index + 1)
            }
            #expect(store.all == expected)
            #expect(store.count == expected.count)
        }
        #expect(expected.indices.allSatisfy { store[$0] == UInt64($0 + 1) })
    }

    @Test func `What was copied does not change`() {
        let store = WordStore()
        let index = store.append(1)
        let copy = store.all
        store[index] = 5
        #expect(copy == [0])
        #expect(store.all == [5])
    }

    @Test func `Reading or writing past the last word stops the program, though there is memory behind it`() async {
        await #expect(processExitsWith: .failure) {
            let store = WordStore(capacity: 8)
            _ = store.append(2)
            _ = store[2]
        }
        await #expect(processExitsWith: .failure) {
            let store = WordStore(capacity: 8)
            _ = store.append(2)
            store[2] = 1
        }
        await #expect(processExitsWith: .failure) { _ = WordStore()[-1] }
    }
}
