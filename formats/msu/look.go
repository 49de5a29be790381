package msu

import (
	"bytes"
	"io"
	"strings"
)

// looksLike says what a file that is no package is instead, and what to do.
func looksLike(r io.ReaderAt) string {
	head := make([]byte, 1024)
	n, _ := r.ReadAt(head, 0)
	head = head[:n]
	switch words := strings.ToLower(strings.TrimSpace(text(head))); {
	case n == 0:
		return "it is empty; download it again"
	case strings.HasPrefix(words, "<!doctype html"), strings.Contains(words, "<html"), strings.HasPrefix(words, "<head"):
		return "it is a web page; the download has probably failed, so look at the page in a browser and download the package again"
	case strings.HasPrefix(words, "<?xml"), strings.HasPrefix(words, "<error"):
		return "it is an XML text; the download has probably failed, so download the package again"
	case bytes.HasPrefix(head, []byte("MZ")):
		return "it is a program (.exe); extract the .cab or .msu file in it, or let a script run it at the first boot"
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return "it is a ZIP archive (or an app package, which is one); if there is a .cab or .msu file in it, extract and name that"
	case bytes.HasPrefix(head, []byte("7z\xBC\xAF\x27\x1C")), bytes.HasPrefix(head, []byte("Rar!")):
		return "it is an archive; extract and name the .cab or .msu file in it"
	case len(bytes.Trim(head, "\x00")) == 0:
		return "it begins with zeros only; the download was probably cut, so download it again"
	}
	return "it begins neither like a cabinet nor like a WIM file"
}
