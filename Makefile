# Roadstead. `make help` lists what there is.

.DEFAULT_GOAL := help
.PHONY: help run demo build test outside lint sanitize fuzz soak autobahn bench docs clean

# The one release build that run, test, docs and bench share.
RELEASE := swift build -c release --static-swift-stdlib -Xswiftc -enforce-exclusivity=unchecked --product roadstead

help:       ## what each target does
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## */\1\t/' | awk -F'\t' '{ printf "  make %-10s %s\n", $$1, $$2 }'

run: build  ## build, make development certificates and run the gateway on wss://localhost:8443
	.build/release/roadstead serve

demo: build ## kill and restart two backends under a browser's and a bot's open connections; ARGS="--help" lists more
	scripts/install.sh demo
	.build-venv/bin/python scripts/demo/demo.py $(ARGS)

build:      ## install what a build needs and build in release mode
	scripts/install.sh build
	$(RELEASE)

test: build ## install what the tests need and run every test; ends with `N passed, N failed`
	scripts/install.sh test
	scripts/test.sh

outside: build ## only the outside tests; ARGS="-k shutdown" narrows them
	scripts/install.sh test
	.build-venv/bin/python -m pytest Tests/Outside $(ARGS)

lint:       ## check the format of every Swift file
	swift format lint --strict --recursive --parallel Package.swift Sources Fuzz Tests

sanitize:   ## run the Swift tests under the thread and the address sanitizer
	scripts/install.sh test
	scripts/sanitize.sh thread
	scripts/sanitize.sh address

fuzz:       ## fuzz every target for SECONDS=60 each, or TARGET alone; fails with the file that shows a fault
	scripts/install.sh build
	SECONDS_EACH="$(or $(SECONDS),60)" scripts/fuzz.sh $(TARGET)

soak: build ## attackers beside good sessions for half an hour; SOAK_SECONDS=600 for less
	scripts/install.sh test
	SOAK_SECONDS="$(or $(SOAK_SECONDS),1800)" .build-venv/bin/python -m pytest -s Tests/Outside/test_soak.py

autobahn: build ## judge the release build by the Autobahn test suite, WSTEST=path/to/wstest; ARGS="--help" lists more
	scripts/install.sh test
	.build-venv/bin/python scripts/autobahn.py --wstest "$(WSTEST)" $(ARGS)

bench: build ## measure the release build against its yardsticks; ARGS="upstreams" for a part of it, see docs/benchmarks.md
	scripts/bench.sh $(ARGS)

docs: build ## write docs/configuration.md anew from the program
	mkdir -p docs
	.build/release/roadstead config --reference >docs/configuration.md

clean:      ## remove what was built (not the certificates)
	rm -rf .build .build-tsan .build-asan .build-fuzz .build-venv .build-tools .build-results
