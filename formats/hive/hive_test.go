package hive

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

// TestRewriteRealHives writes the hives of real systems afresh: nothing of the
// tree is lost, the file is well-formed, and writing is repeatable.
func TestRewriteRealHives(t *testing.T) {
	for _, name := range realHives() {
		t.Run(name, func(t *testing.T) {
			data := realHive(t, name)
			h := mustParse(t, data)
			if faults := h.Check(); len(faults) > 0 {
				t.Fatalf("%d faults, the first: %v", len(faults), faults[0])
			}
			o := WriteOptions{Sequence: 7, Time: 42, AllowDirty: true}
			out := mustWrite(t, h, o)
			verify(t, out)
			again := mustParse(t, out)
			sameTree(t, h.Root(), again.Root())
			if len(again.Warnings()) > 0 || again.Dirty() != "" || again.Sequence() != 7 || again.LastWritten() != 42 {
				t.Errorf("rewritten hive: %v %q %d %d", again.Warnings(), again.Dirty(), again.Sequence(), again.LastWritten())
			}
			if !bytes.Equal(mustWrite(t, again, o), out) {
				t.Error("writing what was written gives other bytes")
			}
			if again.FileName() != h.FileName() || !bytes.Equal(again.base[112:508], h.base[112:508]) {
				t.Error("fields of the base block were lost")
			}
		})
	}
}

func TestLookup(t *testing.T) {
	h := mustParse(t, realHive(t, "SYSTEM_WIN_10_1709"))
	k := must(h.Root().Lookup(`controlset001/CONTROL/ComputerName/ComputerName`))(t)
	v := must(k.Value("COMPUTERNAME"))(t)
	if s := must(v.Text())(t); s == "" || k.Path() != `ControlSet001\Control\ComputerName\ComputerName` {
		t.Errorf("%q has %q", k.Path(), s)
	}
	current := must(must(h.Root().Lookup("Select"))(t).Value("Current"))(t)
	if n := must(current.Uint32())(t); n != 1 {
		t.Errorf("current control set is %d", n)
	}
	if class := must(must(h.Root().Lookup(`ControlSet001\Control\Lsa\JD`))(t).Class())(t); len(class) != 8 {
		t.Errorf("class of JD is %q", class)
	}
	for _, path := range []string{`ControlSet001\None`, `None`, `Select\Current`} {
		if _, err := h.Root().Lookup(path); !errors.Is(err, ErrNotExist) || !strings.Contains(err.Error(), strings.ReplaceAll(path, `\`, `\\`)) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := k.Value("none"); !errors.Is(err, ErrNotExist) {
		t.Error(err)
	}
}

// TestEdgeCases reads every odd hive of the collection; the faults found are
// those that each was made to have.
func TestEdgeCases(t *testing.T) {
	files := edgeCases(t)
	for _, test := range []struct {
		file, fault string // fault is in the first message; empty for a sound hive
		harmless    bool
	}{
		{"BadListHive", `key "2\\subkey"`, false},
		{"BigDataHive", "", false},
		{"BogusKeyNamesHive", "", false},
		{"DeletedDataHive", "", false},
		{"DeletedDataHiveTruncated", "cell 0x100290 (file offset 0x101290): cell is outside", false},
		{"DeletedTreeNoRootFlagHive", "", false},
		{"DeletedTreePartialPathHive", "", false},
		{"DuplicateSubkeysHive", "exists twice", false},
		{"EffectiveSizeHive", "", false},
		{"ExtendedASCIIHive", "", false},
		{"GarbageHive", "", false},
		{"InvalidParentHive", "as its parent", true},
		{"ManySubkeysHive", "", false},
		{"OffHive", "", false},
		{"PairHive", "", false},
		{"ReallocValueDataHive", "", false},
		{"RemnantData", "", false},
		{"RemnantsHive", "", false},
		{"StringValuesHive", "", false},
		{"System_Delta", "", false},
		{"TruncatedHive", "cut off", false},
		{"TruncatedPairHive", "", false},
		{"TruncatedPairHive2", "", false},
		{"UnicodeHive", "", false},
		{"UpcaseHive", "", false},
		{"WrongOrderHive", "not in order", true},
	} {
		t.Run(test.file, func(t *testing.T) {
			h := mustParse(t, files[test.file])
			faults := h.Check()
			if (len(faults) > 0) != (test.fault != "") || len(faults) > 0 && !strings.Contains(faults[0].Error(), test.fault) {
				t.Fatalf("faults: %v", faults)
			}
			rewriteEdgeCase(t, h, test.fault != "" && !test.harmless)
		})
	}
	if _, err := Parse(files["TruncatedHiveBin"]); !errors.Is(err, ErrFormat) {
		t.Errorf("TruncatedHiveBin: %v", err)
	}
}

// rewriteEdgeCase checks that damaged hives are written only on request.
func rewriteEdgeCase(t *testing.T, h *Hive, damaged bool) {
	if _, err := h.Bytes(WriteOptions{AllowDirty: true}); errors.Is(err, ErrCorrupt) != damaged {
		t.Fatalf("writing: %v", err)
	}
	out := mustWrite(t, h, WriteOptions{AllowDirty: true, AllowDamaged: true})
	verify(t, out)
	again := mustParse(t, out)
	if len(again.Check()) > 0 {
		t.Errorf("rewritten hive: %v", again.Warnings()[0])
	}
	if !damaged {
		sameTree(t, h.Root(), again.Root())
	}
}

func TestEdgeCaseContents(t *testing.T) {
	files := edgeCases(t)
	subkeys := func(file, path string) (names []string) {
		subs := must(must(mustParse(t, files[file]).Root().Lookup(path))(t).Subkeys())(t)
		for _, k := range subs {
			names = append(names, k.Name())
		}
		return names
	}
	if names := subkeys("ManySubkeysHive", "key_with_many_subkeys"); len(names) != 5000 {
		t.Errorf("%d subkeys", len(names))
	}
	if names := subkeys("EffectiveSizeHive", "key_with_many_subkeys"); len(names) != 5000 {
		t.Errorf("%d subkeys beyond the size in the base block", len(names))
	}
	if names := subkeys("UnicodeHive", "привет"); !slices.Equal(names, []string{"Ключ"}) {
		t.Errorf("Unicode names: %q", names)
	}
	if names := subkeys("ExtendedASCIIHive", ""); !slices.Equal(names, []string{"ëigenaardig"}) {
		t.Errorf("extended ASCII names: %q", names)
	}
	if names := subkeys("BogusKeyNamesHive", ""); !slices.Equal(names, []string{"testnew\r\nne", "testnu\x00l"}) {
		t.Errorf("bogus names: %q", names)
	}
	upcase := mustParse(t, files["UpcaseHive"])
	for _, k := range must(upcase.Root().Subkeys())(t) {
		if found, err := upcase.Root().Subkey(strings.ToLower(k.Name())); err != nil || found != k {
			t.Errorf("%q is not found in lower case: %v", k.Name(), err)
		}
	}
	big := must(mustParse(t, files["BigDataHive"]).Root().Subkey("key_with_bigdata"))(t)
	for name, want := range map[string][]byte{"": bytes.Repeat([]byte("1"), 16345), "V": bytes.Repeat([]byte("2"), 81725)} {
		if v := must(big.Value(name))(t); !bytes.Equal(v.Data, want) {
			t.Errorf("big value %q has %d bytes", name, len(v.Data))
		}
	}
}

// TestDamagedHives reads what is left of hives that are damaged at large.
func TestDamagedHives(t *testing.T) {
	h := mustParse(t, realHive(t, "corrupted_system_hive"))
	faults := h.Check()
	if len(faults) < 100 || len(faults) > maxFaults {
		t.Errorf("%d faults", len(faults))
	}
	_, err := h.Bytes(WriteOptions{})
	var fault *Fault
	if !errors.Is(err, ErrCorrupt) || !errors.As(err, &fault) || fault.Cell == 0 {
		t.Errorf("writing: %v", err)
	}
	verify(t, mustWrite(t, h, WriteOptions{AllowDamaged: true}))
}

func TestParseRefuses(t *testing.T) {
	good := mustWrite(t, New(NewOptions{}), WriteOptions{})
	change := func(at int, v uint32) []byte {
		data := bytes.Clone(good)
		le.PutUint32(data[at:], v)
		baseBlock(data).seal()
		return data
	}
	for name, test := range map[string]struct {
		data []byte
		want error
	}{
		"empty":         {nil, ErrFormat},
		"short":         {good[:4095], ErrFormat},
		"signature":     {change(0, 0x6e696268), ErrFormat},
		"version 1.1":   {change(baseMinor, 1), ErrFormat},
		"version 1.7":   {change(baseMinor, 7), ErrFormat},
		"log":           {change(baseType, 6), ErrFormat},
		"root outside":  {change(baseRoot, 0x10000), ErrCorrupt},
		"root no cell":  {change(baseRoot, 0x21), ErrCorrupt},
		"root is no nk": {change(baseSize+binHeader+4, 0x6b76), ErrCorrupt},
		"root is free":  {change(baseSize+binHeader, 0x58), ErrCorrupt},
		"root too long": {change(baseSize+binHeader, 0x80000000), ErrCorrupt},
		"no bins":       {change(baseBinsSize, 0), ErrCorrupt},
	} {
		if _, err := Parse(test.data); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
