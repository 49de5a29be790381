#!/usr/bin/env bash
# Shows gild at work: makes a small base image, plans and applies the kiosk
# example to it, verifies the result, and plans again.
set -euo pipefail
cd "$(dirname "$0")/.."

gild=$PWD/bin/gild
work=${1:-demo}
mkdir -p "$work"
rm -rf "$work/kiosk"
cp -R examples/kiosk "$work/kiosk"
say() { printf '\n\033[1m$ %s\033[0m\n' "$*"; }
run() { say "$@"; "$@"; }

say "go run ./internal/sample/make -files 400 $work/kiosk/base.wim"
go run ./internal/sample/make -files 400 "$work/kiosk/base.wim"
cd "$work/kiosk"
before=$(sha256sum base.wim)

PATH=$(dirname "$gild"):$PATH
run gild inspect base.wim
run gild plan -out kiosk.plan
run gild apply kiosk.plan
run gild show out/kiosk.wim
if command -v wimlib-imagex >/dev/null; then
	say wimlib-imagex verify out/kiosk.wim
	wimlib-imagex verify out/kiosk.wim 2>/dev/null | tail -n 1
fi
if command -v wimlib-imagex >/dev/null && command -v hivexsh >/dev/null; then
	say 'hivexsh SOFTWARE: lsval \Policies\Microsoft\Windows\Personalization'
	wimlib-imagex extract out/kiosk.wim 1 /Windows/System32/config/SOFTWARE --dest-dir=. --no-acls >/dev/null
	hivexsh SOFTWARE <<<$'cd \\Policies\\Microsoft\\Windows\\Personalization\nlsval'
	rm SOFTWARE
fi
run gild plan -detailed-exitcode
[ "$before" = "$(sha256sum base.wim)" ] || { echo "the source was changed"; exit 1; }
printf '\nThe source is untouched, the image is verified. It is %s/out/kiosk.wim.\n' "$work/kiosk"
