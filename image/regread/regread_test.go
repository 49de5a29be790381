package regread_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gildhq/gild/image/regread"
	"github.com/gildhq/gild/internal/regimage"
	"github.com/gildhq/gild/internal/testenv"
)

func reader(t *testing.T, text string, files map[string][]byte) *regread.Reader {
	t.Helper()
	r, err := regread.NewReader(regimage.Open(t, text, files))
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

// TestManyValues reads a key that is indexed.
func TestManyValues(t *testing.T) {
	var text strings.Builder
	text.WriteString("[HKLM\\SOFTWARE\\x]\n")
	for i := range 100 {
		fmt.Fprintf(&text, "\"Value%d\"=dword:%08x\n", i, i)
	}
	k, _ := reader(t, text.String(), nil).Key(`HKLM\SOFTWARE\x`)
	for i := range uint32(100) {
		if n, ok := k.Number(fmt.Sprintf("vALUE%d", i)); n != i || !ok {
			t.Errorf("value %d is %d, %t", i, n, ok)
		}
	}
	if k.Has("Value100") || k.Has("") {
		t.Error("a value is there that is not")
	}
}

// spoil overwrites the signature of the record in a hive that has a name of
// its own behind a header of that size.
func spoil(t *testing.T, data []byte, name string, header int) {
	t.Helper()
	at := bytes.Index(data, []byte(name)) - header
	if at < 0 || data[at+1] != 'k' {
		t.Fatalf("no record is named %s", name)
	}
	data[at] = '?'
}

// TestDamage reads a hive with one damaged key and one damaged value.
func TestDamage(t *testing.T) {
	const software = "Windows/System32/config/SOFTWARE"
	files := regimage.Hives(t, "[HKLM\\SOFTWARE\\x\\first]\n\n[HKLM\\SOFTWARE\\x\\spoiltkey]\n\n[HKLM\\SOFTWARE\\x\\last]\n\"a\"=dword:1\n\"spoiltvalue\"=dword:2\n\"b\"=dword:3\n")
	spoil(t, files[software], "spoiltkey", 76)
	spoil(t, files[software], "spoiltvalue", 20)
	r := reader(t, "", files)
	names, err := r.Subkeys(`HKLM\SOFTWARE\x`)
	if err != nil || !slices.Equal(names, []string{"first", "last"}) || len(r.Notes()) != 1 {
		t.Errorf("of damaged keys: %q, %v, notes %q", names, err, r.Notes())
	}
	k, ok := r.Key(`HKLM\SOFTWARE\x\last`)
	if n, _ := k.Number("b"); !ok || n != 3 || len(k.Values) != 2 || len(r.Notes()) != 2 {
		t.Errorf("of damaged values: %v, notes %q", k.Values, r.Notes())
	}
}

// TestRealDamage reads a hive of a hundred keys that has lost one.
func TestRealDamage(t *testing.T) {
	r := reader(t, "", map[string][]byte{
		"Windows/System32/config/SOFTWARE": testenv.ReadShared(t, "hives/plaso/corrupt_sub_key_list.hiv"),
	})
	names, err := r.Subkeys(`HKLM\SOFTWARE`)
	if err != nil || len(names) != 99 || slices.Contains(names, "16") || len(r.Notes()) != 1 {
		t.Errorf("%d subkeys, %v, notes %q", len(names), err, r.Notes())
	}
}

// TestNoHive reads a file that is not a hive.
func TestNoHive(t *testing.T) {
	r := reader(t, "", map[string][]byte{"Windows/System32/config/SYSTEM": []byte("no hive")})
	if names, err := r.Subkeys(`HKLM\SYSTEM\x`); err == nil || len(names) > 0 || len(r.Notes()) > 0 {
		t.Errorf("no hive has the subkeys %q, notes %q", names, r.Notes())
	}
	if names := r.Below(`HKLM\SYSTEM\x`); len(names) > 0 || len(r.Notes()) != 1 {
		t.Errorf("no hive has the subkeys %q, notes %q", names, r.Notes())
	}
	if _, ok := r.Key(`HKLM\SYSTEM\x`); ok {
		t.Error("no hive has a key")
	}
}
