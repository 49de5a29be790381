# What a contributor runs is what CI runs.
#
#   make demo    build gild and see it plan, apply and verify a small image
#   make test    everything that must hold, with independent programs as witnesses,
#                and on Linux the Windows program, too
#   make wine    the Windows program and tests of what Windows does in another way, under Wine
#   make check   before each commit: format, vet, lint, race tests, generated docs
#   make crash-matrix   cut every call that writes, and the power; with SHORT=1 a sample
#   make workflows   the syntax of what runs on Windows, in .github, and of examples/gitops/github
#   make audit   known vulnerabilities, and code that looks unsafe
#   make bench   measurements, for reading and not for passing

SHELL       := bash
.SHELLFLAGS := -eu -o pipefail -c

export CGO_ENABLED ?= 0

GOOSES      := linux windows darwin
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
# Programs that read what gild writes, and the Debian packages they come in.
ORACLES     := wimlib-imagex:wimtools 7z:p7zip-full hivexsh:libhivex-bin \
               hivexregedit:libwin-hivex-perl reglookup:reglookup cabextract:cabextract xmlwf:expat shellcheck:shellcheck yamllint:yamllint jsonschema:python3-jsonschema fusermount:fuse3
# What runs Windows programs, and what compiles what Wine lacks.
WINE        := wine:wine x86_64-w64-mingw32-gcc:gcc-mingw-w64-x86-64-win32
# Packages with code for Windows, and those that have to do with paths and files.
# Not ./cmd/gild and ./executor, which start or flush a thousand times what Wine is
# slow at: gild.exe itself goes through all of it in ./internal/wine.
WINE_TESTS  := ./cmd/gild/view ./dsl ./ground/lock ./ground/rotate ./ground/scratch ./formats/wim ./image ./image/fileaccess ./image/layers \
               ./image/offline ./ground/busy ./operation/conformance ./ground/durable ./operation/host ./operation/preflight ./ground/privilege ./ground/regular ./ground/volume ./providers/driver ./providers/file
VERSION     ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

.PHONY: build demo test wine check bench crash-matrix oracles cross fmt vet lint audit workflows race docs

build:
	go build -trimpath -ldflags "-X main.version=$(VERSION)" -o bin/gild ./cmd/gild

demo: build
	examples/demo.sh

test: export GILD_ORACLES = $(if $(shell command -v apt-get),required,)
test: oracles cross fmt vet audit workflows
	go test ./...
	@why=; \
	if [ "$$(uname -sm)" != "Linux x86_64" ]; then why="it takes Linux on amd64"; \
	elif ! $(MAKE) --no-print-directory oracles ORACLES="$(WINE)" || ! type $(foreach o,$(WINE),$(firstword $(subst :, ,$o))) >/dev/null 2>&1; then \
		why="these packages can't be fetched: $(foreach o,$(WINE),$(lastword $(subst :, ,$o)))"; fi; \
	if [ -z "$$why" ]; then $(MAKE) --no-print-directory wine; \
	else echo "SKIPPED: gild.exe and the tests of what Windows does in another way, under Wine: $$why"; [ "$${CI:-}" != true ]; fi

# Where there is Wine or apt-get; nothing else is fetched. Windows programs have no witnesses.
wine: export GILD_WINE = yes
wine: ORACLES := $(WINE) wimlib-imagex:wimtools
wine: oracles
	@trap 'internal/wine/run -stop' EXIT; set -x; \
	GILD_ORACLES= GOOS=windows go test -vet=off -exec "$(CURDIR)/internal/wine/run" $(WINE_TESTS); \
	go test -count=1 -timeout 40m ./internal/wine
	@echo "Left out under Wine:"; grep '^[^#]' internal/wine/limits

check: fmt vet lint race docs

# Debian and its relatives get what is missing; elsewhere the tests that need a
# program say which one and are skipped.
oracles:
	@missing=$$(for o in $(ORACLES); do command -v "$${o%%:*}" >/dev/null || echo "$${o##*:}"; done); \
	if [ -n "$$missing" ] && command -v apt-get >/dev/null; then .ci/install $$missing; \
	elif [ -n "$$missing" ]; then echo "not installed:" $$missing; fi

cross:
	@for os in $(GOOSES); do echo "build $$os"; GOOS=$$os go build -o /dev/null ./cmd/gild; done

fmt:
	@bad=$$(gofmt -l .); if [ -n "$$bad" ]; then echo "not gofmt'ed:" $$bad; exit 1; fi

vet:
	@for os in $(GOOSES); do echo "vet $$os"; GOOS=$$os go vet ./...; done
	@for arch in amd64 arm64; do echo "vet windows/$$arch, the conformance tests"; GOOS=windows GOARCH=$$arch go vet -tags windows_dism ./operation/conformance; done

lint:
	go run $(STATICCHECK) ./...

# Known vulnerabilities and unsafe code; says what can't be had.
audit:
	@.ci/audit/audit.sh

workflows:
	@.ci/workflows

race:
	CGO_ENABLED=1 go test -race ./...

docs:
	go generate ./...
	git diff --exit-code -- docs

# Some hours; the numbers go into the document.
crash-matrix:
	go test ./cmd/gild -count=1 -v -timeout 12h -run '^TestCrashMatrix$$' $(if $(SHORT),,-crash-matrix "$(CURDIR)/docs/reliability.md")

bench:
	go test -run '^$$' -bench . -benchmem ./...
