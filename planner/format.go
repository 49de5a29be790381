package planner

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
)

func formatOf(e dsl.Export) image.Format {
	return image.Format{Compression: image.Compression(e.Compression), ChunkSize: e.ChunkSize, Integrity: e.Integrity, SplitSize: e.SplitSize}
}

// setting is one setting of how an output is written, in words.
type setting struct{ name, value string }

// settings returns all of them, always in the same order.
func settings(f image.Format) []setting {
	const open = "as in the source"
	chunk, integrity, split := open, open, "none"
	if f.ChunkSize > 0 {
		chunk = strconv.Itoa(f.ChunkSize)
	}
	if f.Integrity != nil {
		integrity = strconv.FormatBool(*f.Integrity)
	}
	if f.SplitSize > 0 {
		split = size(f.SplitSize)
	}
	return []setting{
		{"compression", cmp.Or(string(f.Compression), open)}, {"chunk_size", chunk}, {"integrity", integrity}, {"split_size", split},
	}
}

// size writes a number of bytes as an author does, without loss.
func size(n int64) string {
	for i, unit := range []string{"TB", "GB", "MB", "KB"} {
		if one := int64(1) << (40 - 10*i); n%one == 0 {
			return fmt.Sprintf("%d%s", n/one, unit)
		}
	}
	return strconv.FormatInt(n, 10)
}

// Written says in words how an output is written, as far as the configuration says;
// empty if it says nothing.
func Written(f image.Format) string {
	var parts []string
	none := settings(image.Format{})
	for i, s := range settings(f) {
		if s != none[i] {
			parts = append(parts, s.name+" "+s.value)
		}
	}
	return strings.Join(parts, ", ")
}

// settingsChanged says in words which settings differ from those of the present
// output; empty if none does.
func settingsChanged(want, was image.Format) string {
	var parts []string
	before := settings(was)
	for i, s := range settings(want) {
		if s != before[i] {
			parts = append(parts, fmt.Sprintf("%s is %s, was %s", s.name, s.value, before[i].value))
		}
	}
	return strings.Join(parts, "; ")
}
