// Package regimage makes images in memory of .reg text, for tests of what reads
// the registry of an image.
package regimage

import (
	"maps"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/regtext"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/memory"
)

// Open opens for reading an image with the files, by name, and hives with the
// keys of the text, which begin with HKLM\ or HKU\. SYSTEM's current control set
// is ControlSet001.
func Open(t testing.TB, text string, files map[string][]byte) image.Session {
	t.Helper()
	all := Hives(t, text)
	maps.Copy(all, files)
	b, err := memory.New(map[string]memory.Image{"image": {Files: all}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := b.Open(t.Context(), image.Ref{Path: "image"}, image.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// Hives returns the files of the hives that the text has keys of.
func Hives(t testing.TB, text string) map[string][]byte {
	t.Helper()
	const header = "Windows Registry Editor Version 5.00\n\n"
	ops, err := regtext.Parse([]byte(header + text))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, h := range image.Hives() {
		root := strings.ReplaceAll(h.Root, "/", `\`)
		var mine []regtext.Op
		for _, op := range ops {
			if path := op.Key + `\`; len(path) > len(root) && strings.EqualFold(path[:len(root)+1], root+`\`) {
				mine = append(mine, op)
			}
		}
		if len(mine) == 0 {
			continue
		}
		if h.Name == "SYSTEM" {
			mine = append(mine, regtext.Op{
				Action: regtext.SetValue, Key: `HKLM\SYSTEM\Select`, Name: "Current", Type: hive.RegDword, Data: hive.EncodeUint32(1),
			})
		}
		tree := hive.New(hive.NewOptions{})
		if err := regtext.Apply(mine, tree.Root(), root, 0); err != nil {
			t.Fatal(err)
		}
		if files[h.File], err = tree.Bytes(hive.WriteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	return files
}
