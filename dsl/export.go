package dsl

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// swm is the extension of the first file of a split output.
const swm = ".swm"

// export evaluates the block export.
func (in *instance) export() {
	h, at := in.inner("export", "compression", "chunk_size", "integrity", "split_size")
	if h == nil {
		in.checkUnsplit()
		return
	}
	im := in.Image
	im.Ranges["export"] = at
	if _, ok := im.Ranges["target"]; ok {
		in.errorAt(at, "Conflicting arguments", `A block "export" can't be used together with "target", which is serviced in place: no output is written.`)
	}
	for name, attr := range h.attrs {
		im.Ranges["export."+name] = attr.Range
	}
	im.Export = Export{Compression: h.text("compression"), ChunkSize: h.count("chunk_size"), SplitSize: h.size("split_size")}
	if v, ok := h.value("integrity", cty.Bool); ok {
		integrity := v.True()
		im.Export.Integrity = &integrity
	}
	im.Export.check(h)
	if h.has("split_size") && im.Output != "" && !strings.EqualFold(path.Ext(im.Output), swm) {
		h.wrong("split_size", fmt.Sprintf("The first file of a split output ends in %s, and %q does not: name it %q; the others are numbered from 2.",
			swm, im.Output, strings.TrimSuffix(im.Output, path.Ext(im.Output))+swm))
	}
	if !h.has("split_size") {
		in.checkUnsplit()
	}
}

// checkUnsplit refuses the extension of split images for an output that is not split.
func (in *instance) checkUnsplit() {
	if strings.EqualFold(path.Ext(in.Output), swm) {
		in.errorAt(in.AttrRange("output"), "Not a split output", fmt.Sprintf(
			`%q is the name of a split WIM. Say how large its files may be with split_size in a block "export", or let the name end in .wim.`, in.Output))
	}
}

// check checks the compression and the chunk size. The limits of the chunk size depend on
// the compression.
func (e *Export) check(h *head) {
	low, high := 1<<12, 1<<16
	switch e.Compression {
	case "max":
		low, high = 1<<15, 1<<21
	case "fast":
	case "none":
		if h.has("chunk_size") {
			h.wrong("chunk_size", "Nothing is compressed.")
		}
		return
	case "":
		if h.has("chunk_size") && !h.has("compression") {
			h.wrong("chunk_size", "Say the compression, too: each has its own limits.")
		}
		return
	default:
		h.wrong("compression", fmt.Sprintf(`%q is no compression; there is "max" (LZX), "fast" (XPRESS) and "none".`, e.Compression))
		return
	}
	if n := e.ChunkSize; n != 0 && (n < low || n > high || n&(n-1) != 0) {
		h.wrong("chunk_size", fmt.Sprintf("With the compression %q it is a power of two from %d to %d.", e.Compression, low, high))
	}
}

// units of sizes, as in Windows: powers of 1024.
var units = []struct {
	name  string
	bytes int64
}{{"KB", 1 << 10}, {"MB", 1 << 20}, {"GB", 1 << 30}, {"TB", 1 << 40}}

// size returns the number of bytes of an argument such as "4GB".
func (h *head) size(name string) int64 {
	text := h.text(name)
	if text == "" {
		return 0
	}
	n, ok := ParseSize(text)
	if !ok {
		h.wrong(name, `It is a whole number with a unit, like "3800MB" or "4GB", and at least "1MB".`)
	}
	return n
}

// ParseSize returns the number of bytes of a text such as "4GB"; false if it is not a size,
// or less than 1 MB.
func ParseSize(text string) (bytes int64, ok bool) {
	text = strings.ToUpper(text)
	for _, u := range units {
		digits, ok := strings.CutSuffix(text, u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if err == nil && n > 0 && n <= 1<<62/u.bytes && n*u.bytes >= 1<<20 {
			return n * u.bytes, true
		}
	}
	return 0, false
}
