#!/usr/bin/env bash
# Looks for known vulnerabilities in what gild is built of, and for code that gosec thinks
# unsafe. Each is left out, and said to be, where it or its data can't be had.
#
# gosec: of its rules those that few findings of are false in a program that opens the
# files it is told to open: unbounded decompression (G110), unsafe paths in archives (G305),
# predictable temporary files (G303), unsafe templates (G203), weak TLS (G402), weak
# random numbers (G404, but for the folders that make data for tests), SSH without a host key (G106), profiling and
# listening to all (G108, G102), and passwords in the code (G101).
set -euo pipefail
cd "$(dirname "$0")/../.."
rules=G101,G102,G106,G108,G110,G203,G303,G305,G402,G404

bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
failed=0
for tool in golang.org/x/vuln/cmd/govulncheck github.com/securego/gosec/v2/cmd/gosec; do
	if ! (cd .ci/audit && GOFLAGS=-mod=readonly go build -o "$bin/" "$tool") 2>"$bin/why"; then
		echo "SKIPPED: $(basename $tool): it can't be fetched: $(tail -n 1 "$bin/why")"
	fi
done

if [ -x "$bin/govulncheck" ]; then
	if "$bin/govulncheck" ./... >"$bin/out" 2>&1; then
		tail -n 1 "$bin/out"
	elif grep -q '^govulncheck: fetching vulnerabilities' "$bin/out"; then
		echo "SKIPPED: govulncheck: its database can't be reached from here; GOVULNDB may name a copy"
	else
		cat "$bin/out"; failed=1
	fi
fi
if [ -x "$bin/gosec" ]; then
	"$bin/gosec" -quiet -color=false -include="$rules" -exclude-dir=internal/crash -exclude-dir=internal/sample -exclude-dir=image/imagetest -exclude-dir=formats/wim/internal/wimtest ./... || failed=1
fi
exit $failed
