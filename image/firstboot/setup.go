package firstboot

import (
	"bytes"
	"errors"

	"github.com/gildhq/gild/image"
)

// The lines in SetupComplete.cmd. They are at its beginning, because the lines of
// others may end the script anywhere. The driver runs in a process of its own, so it
// does not affect the rest. When everything is done, the lines do nothing.
const (
	callBegin = "@rem gild first boot: begin (gild writes these lines, and removes them)"
	callLine  = `@if exist "%~dp0gild\first-boot.cmd" "%SystemRoot%\System32\cmd.exe" /d /c ""%~dp0gild\first-boot.cmd" setup"`
	callEnd   = "@rem gild first boot: end"
)

const byteOrderMark = "\xef\xbb\xbf"

func hasCall(data []byte) bool {
	for _, end := range []string{eol, "\n"} {
		if bytes.Contains(data, []byte(callBegin+end+callLine+end+callEnd+end)) {
			return true
		}
	}
	return false
}

// withCall puts the lines at the beginning of a script, after a byte order mark, with
// the script's own line endings.
func withCall(data []byte) ([]byte, error) {
	if image.IsUTF16(data) {
		return nil, errors.New("is in UTF-16, which cmd.exe can't run; save it in the code page of the image's language")
	}
	rest, marked := bytes.CutPrefix(data, []byte(byteOrderMark))
	end := eol
	if first, _, more := bytes.Cut(rest, []byte("\n")); more && !bytes.HasSuffix(first, []byte("\r")) {
		end = "\n"
	}
	var out []byte
	if marked {
		out = append(out, byteOrderMark...)
	}
	out = append(out, callBegin+end+callLine+end+callEnd+end...)
	return append(out, rest...), nil
}

// withoutCall removes the lines, wherever they are.
func withoutCall(data []byte) ([]byte, error) {
	for {
		begin := bytes.Index(data, []byte(callBegin))
		if begin < 0 {
			return data, nil
		}
		n := bytes.Index(data[begin:], []byte(callEnd))
		if n < 0 {
			return nil, errors.New("gild's lines in it have a beginning and no end; remove the rest of them")
		}
		after := data[begin+n+len(callEnd):]
		after = bytes.TrimPrefix(after, []byte("\r"))
		after = bytes.TrimPrefix(after, []byte("\n"))
		data = append(bytes.Clone(data[:begin]), after...)
	}
}
