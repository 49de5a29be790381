package sample

import (
	"bytes"
	"embed"
	"fmt"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/formats/regtext"
)

//go:embed hives/*.reg hives/winpe/*.reg
var hiveTexts embed.FS

// hives adds the registry: each hive is written from the .reg text of its name,
// that of Windows PE where it has one of its own. It says which edition Windows is.
func (t *tree) hives(pe bool, edition string) error {
	for _, h := range []struct{ name, key, file string }{
		{"SOFTWARE", `HKEY_LOCAL_MACHINE\SOFTWARE`, "Windows/System32/config/SOFTWARE"},
		{"SYSTEM", `HKEY_LOCAL_MACHINE\SYSTEM`, "Windows/System32/config/SYSTEM"},
		{"SAM", `HKEY_LOCAL_MACHINE\SAM`, "Windows/System32/config/SAM"},
		{"SECURITY", `HKEY_LOCAL_MACHINE\SECURITY`, "Windows/System32/config/SECURITY"},
		{"COMPONENTS", `HKEY_LOCAL_MACHINE\COMPONENTS`, "Windows/System32/config/COMPONENTS"},
		{"DRIVERS", `HKEY_LOCAL_MACHINE\DRIVERS`, "Windows/System32/config/DRIVERS"},
		{"DEFAULT", `HKEY_USERS\.DEFAULT`, "Windows/System32/config/DEFAULT"},
		{"NTUSER", `HKEY_USERS\Default`, "Users/Default/NTUSER.DAT"},
	} {
		text := "hives/" + h.name + ".reg"
		if pe && (h.name == "SOFTWARE" || h.name == "SYSTEM") {
			text = "hives/winpe/" + h.name + ".reg"
		}
		data, err := makeHive(text, h.name, h.key, edition)
		if err != nil {
			return fmt.Errorf("hive %s: %w", h.name, err)
		}
		t.bytes(h.file, data)
	}
	return nil
}

// makeHive makes a hive from nothing and applies a .reg text.
func makeHive(textFile, name, key, edition string) ([]byte, error) {
	text, err := hiveTexts.ReadFile(textFile)
	if err != nil {
		return nil, err
	}
	text = bytes.Replace(text, []byte(`"EditionID"="`+editions[0].id+`"`), []byte(`"EditionID"="`+edition+`"`), 1)
	ops, err := regtext.Parse(text)
	if err != nil {
		return nil, err
	}
	at := nt.TimeOf(made)
	h := hive.New(hive.NewOptions{FileName: name, Written: at})
	if err := regtext.Apply(ops, h.Root(), key, at); err != nil {
		return nil, err
	}
	return h.Bytes(hive.WriteOptions{Sequence: 1, Time: at})
}
