package record_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gildhq/gild/image/record"
	"github.com/gildhq/gild/internal/regimage"
	"github.com/gildhq/gild/internal/testenv"
)

func reader(t *testing.T, text string, files map[string][]byte) *record.Reader {
	t.Helper()
	r, err := record.NewReader(regimage.Open(t, text, files))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestFields(t *testing.T) {
	r := reader(t, `[HKLM\SOFTWARE\x]
@="default"
"text"="a"
"number"=dword:00000007
"bytes"=hex:01,02
"texts"=hex(7):61,00,00,00,62,00,00,00,00,00
`, nil)
	k, ok := r.Key(`HKLM\SOFTWARE\x`)
	if !ok || k.Text("") != "default" || k.Text("TEXT") != "a" || string(k.Bytes("bytes")) != "\x01\x02" ||
		!slices.Equal(k.Texts("texts"), []string{"a", "b"}) || !k.Has("Number") || k.Has("nothing") {
		t.Errorf("the key reads as %v", k.Values)
	}
	if n, ok := k.Number("number"); n != 7 || !ok {
		t.Errorf("number %d, %t", n, ok)
	}
	if _, ok := k.Number("nothing"); ok || k.Text("nothing") != "" || len(r.Notes()) != 0 {
		t.Errorf("what is not there is noted: %q", r.Notes())
	}
	if _, ok := k.Number("text"); ok || k.Text("number") != "" || k.Bytes("text") != nil || k.Texts("text") != nil {
		t.Error("a value of another type was read")
	}
	if k.Text("number"); len(r.Notes()) != 4 || !strings.Contains(r.Notes()[0], `HKLM\\SOFTWARE\\x`) {
		t.Errorf("notes of wrong types: %q", r.Notes())
	}
}

func TestAbsent(t *testing.T) {
	r := reader(t, "[HKLM\\SOFTWARE\\x]\n", nil)
	for _, key := range []string{`HKLM\SOFTWARE\y`, `HKLM\DRIVERS\x`, `HKLM\SYSTEM\CurrentControlSet`} {
		names, err := r.Subkeys(key)
		k, ok := r.Key(key)
		if len(names) > 0 || err != nil || ok || k.Text("x") != "" {
			t.Errorf("%s: %v %v %v", key, names, err, k)
		}
	}
	if len(r.Notes()) != 0 {
		t.Errorf("notes: %q", r.Notes())
	}
}

// TestDamage reads a hive of which one list of subkeys is broken.
func TestDamage(t *testing.T) {
	r := reader(t, "", map[string][]byte{
		"Windows/System32/config/SOFTWARE": testenv.ReadShared(t, "hives/plaso/corrupt_sub_key_list.hiv"),
		"Windows/System32/config/SYSTEM":   []byte("no hive"),
	})
	names, err := r.Subkeys(`HKLM\SOFTWARE`)
	if (err == nil) != (len(names) > 0) {
		t.Errorf("of a damaged list: %q, %v", names, err)
	}
	if len(r.Notes()) == 0 && err == nil {
		t.Error("the damage is told nowhere")
	}
	if _, err := r.Subkeys(`HKLM\SYSTEM\x`); err == nil {
		t.Error("no hive has subkeys")
	}
	if _, ok := r.Key(`HKLM\SYSTEM\x`); ok || len(r.Notes()) == 0 {
		t.Errorf("no hive has a key, and notes %q", r.Notes())
	}
}
