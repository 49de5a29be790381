package regtext

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/internal/testenv"
)

func apply1(t *testing.T, h *hive.Hive, prefix, text string) error {
	t.Helper()
	ops, err := Parse([]byte(Header5 + "\n" + text))
	if err != nil {
		t.Fatal(err)
	}
	return Apply(ops, h.Root(), prefix, 5)
}

func TestApply(t *testing.T) {
	h := hive.New(hive.NewOptions{})
	const prefix = `HKEY_LOCAL_MACHINE\SOFTWARE`
	err := apply1(t, h, prefix, `[hkey_local_machine\Software\text/html]
"a"="1"
"b"="2"
[HKEY_LOCAL_MACHINE\SOFTWARE\x\y\z]
@=dword:2
[HKEY_LOCAL_MACHINE\SOFTWARE\text/html]
"B"=-
"none"=-
[-HKEY_LOCAL_MACHINE\SOFTWARE\X\Y]
[-HKEY_LOCAL_MACHINE\SOFTWARE\none\none]
`)
	if err != nil {
		t.Fatal(err)
	}
	k, err := h.Root().Lookup(`\text/html`)
	if err != nil {
		t.Fatal(err)
	}
	values, _ := k.Values()
	if len(values) != 1 || values[0].Name != "a" || k.LastWritten() != 5 {
		t.Errorf("values %v", values)
	}
	x, err := h.Root().Lookup("x")
	if err != nil {
		t.Fatal(err)
	}
	if subkeys, _ := x.Subkeys(); len(subkeys) != 0 {
		t.Error("key was not deleted")
	}
	for text, want := range map[string]string{
		`[HKEY_LOCAL_MACHINE\SYSTEM\x]`:  "line 2: key \"HKEY_LOCAL_MACHINE\\\\SYSTEM\\\\x\" is not below",
		`[HKEY_LOCAL_MACHINE]`:           "line 2: key",
		`[-HKEY_LOCAL_MACHINE\SOFTWARE]`: "line 2: the root key",
		"\n\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\" + strings.Repeat("x", 256) + "]": "line 4: new key",
	} {
		if err := apply1(t, h, prefix, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v", text, err)
		}
	}
}

// richHive has every kind of value that .reg text writes in its own way.
func richHive(t *testing.T) *hive.Hive {
	h := hive.New(hive.NewOptions{})
	k, err := h.Root().CreateSubkey(`Größe [1]\text/html`, 1)
	if err != nil {
		t.Fatal(err)
	}
	multi, _ := hive.EncodeMultiString([]string{"a", "€"})
	for _, v := range []hive.Value{
		{Name: "", Type: hive.RegSZ, Data: hive.EncodeString(`C:\x "y"`)},
		{Name: `a\"b`, Type: hive.RegSZ, Data: hive.EncodeString("")},
		{Name: "lines", Type: hive.RegSZ, Data: hive.EncodeString("1\r\n2")},
		{Name: "no NUL", Type: hive.RegSZ, Data: nt.AppendUTF16(nil, "x")},
		{Name: "two NULs", Type: hive.RegSZ, Data: hive.EncodeString("x\x00")},
		{Name: "nothing", Type: hive.RegSZ},
		{Name: "expand", Type: hive.RegExpandSZ, Data: hive.EncodeString("%ä%")},
		{Name: "multi", Type: hive.RegMultiSZ, Data: multi},
		{Name: "dword", Type: hive.RegDword, Data: hive.EncodeUint32(0xfedcba98)},
		{Name: "short dword", Type: hive.RegDword, Data: []byte{1}},
		{Name: "qword", Type: hive.RegQword, Data: hive.EncodeUint64(1 << 60)},
		{Name: "long", Type: hive.RegBinary, Data: bytes.Repeat([]byte{0xab}, 200)},
		{Name: "none", Type: hive.RegNone, Data: []byte{1, 2}},
		{Name: "strange", Type: 0xffff0012, Data: []byte{1, 0, 2}},
	} {
		if err := k.Set(v.Name, v.Type, v.Data, 1); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

func importInto(t *testing.T, data []byte, prefix string) *hive.Hive {
	t.Helper()
	ops, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	h := hive.New(hive.NewOptions{})
	if err := Apply(ops, h.Root(), prefix, 1); err != nil {
		t.Fatal(err)
	}
	return h
}

// TestOracle reads back what hivexregedit exports.
func TestOracle(t *testing.T) {
	tool := testenv.Tool(t, "hivexregedit")
	h := richHive(t)
	data, err := h.Bytes(hive.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "hive")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	export, err := exec.Command(tool, "--export", file, `\`).Output()
	if err != nil {
		t.Fatal(err)
	}
	sameSets(t, h, importInto(t, export, ""))
}

// sameSets compares the values, in whatever order.
func sameSets(t *testing.T, a, b *hive.Hive) {
	t.Helper()
	k, err1 := a.Root().Lookup(`Größe [1]\text/html`)
	l, err2 := b.Root().Lookup(`Größe [1]\text/html`)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	want, _ := k.Values()
	have, _ := l.Values()
	if len(want) != len(have) {
		t.Errorf("%d values instead of %d", len(have), len(want))
	}
	for _, v := range want {
		got, err := l.Value(v.Name)
		if err != nil || got.Type != v.Type || !bytes.Equal(got.Data, v.Data) {
			t.Errorf("%q: %v %x instead of %v %x, %v", v.Name, got.Type, got.Data, v.Type, v.Data, err)
		}
	}
}

// TestSharedFiles imports .reg files of others, whose header may be missing.
func TestSharedFiles(t *testing.T) {
	for name, keys := range map[string]int{
		"windows-bcd.reg": 1, "windows-system.reg": 2, "SYSTEM_WIN_10_1709-DriverDatabase.reg.xz": 1000,
	} {
		data := testenv.ReadShared(t, "hives/reg-text/"+name)
		if !bytes.HasPrefix(data, []byte("Windows")) && !bytes.HasPrefix(data, []byte{0xff, 0xfe}) {
			data = append([]byte(Header5+"\n\n"), data...)
		}
		h := importInto(t, data, "")
		if subkeys, _ := h.Root().Subkeys(); len(subkeys) == 0 {
			t.Errorf("%s: nothing", name)
		}
		if out, err := h.Bytes(hive.WriteOptions{}); err != nil || len(out) < 40*keys {
			t.Errorf("%s: %d bytes, %v", name, len(out), err)
		}
	}
	single := append([]byte(Header5+"\n"), testenv.ReadShared(t, "hives/reg-text/win10-software.reg")...)
	if _, err := Parse(single); err == nil || !strings.Contains(err.Error(), `line 27: value "PathName": a string holds a single backslash`) {
		t.Errorf("win10-software.reg: %v", err)
	}
}
