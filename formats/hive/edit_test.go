package hive

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/formats/sd"
)

func isDirty(err error) bool { return errors.Is(err, ErrDirty) }

func TestNew(t *testing.T) {
	for minor := 3; minor <= 6; minor++ {
		h := New(NewOptions{Minor: minor, FileName: `\config\SOFTWARE`, Written: 99})
		sizes := []int{0, 1, 3, 4, 5, 4060, 4061, 16344, 16345, 16348, 32688, 32689, 100000}
		k := must(h.Root().CreateSubkey(`A\Ключ\ü\日本`, 3))(t)
		for _, n := range sizes {
			if err := k.Set(fmt.Sprint("größe ", n), RegBinary, bytes.Repeat([]byte{0xdb}, n), 4); err != nil {
				t.Fatal(err)
			}
		}
		data := mustWrite(t, h, WriteOptions{})
		verify(t, data)
		again := mustParse(t, data)
		sameTree(t, h.Root(), again.Root())
		if again.FileName() != `\config\SOFTWARE` || again.LastWritten() != 99 || again.Sequence() != 1 ||
			again.Minor() != minor || again.Root().Name() != "ROOT" || again.Root().Flags()&FlagHiveEntry == 0 {
			t.Errorf("new hive: %q %v %d", again.FileName(), again.LastWritten(), again.Sequence())
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("minor version 2 was taken")
		}
	}()
	New(NewOptions{Minor: 2})
}

// edits makes a tree step by step; the steps of one key may come in any order.
func edits() (steps []func(*Key) error) {
	for i := range 1200 {
		steps = append(steps, func(root *Key) error {
			k, err := root.CreateSubkey(fmt.Sprintf(`many\%c%d ß`, 'a'+i%7, i), 5)
			if err != nil {
				return err
			}
			return k.Set("n", RegDword, EncodeUint32(uint32(i)), 5)
		})
	}
	return steps
}

// TestHistory: the bytes depend on the tree and not on how it came about.
func TestHistory(t *testing.T) {
	var want []byte
	random := rand.New(rand.NewPCG(1, 2))
	for range 3 {
		h := New(NewOptions{})
		steps := edits()
		random.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
		for i, step := range steps {
			if err := step(h.Root()); err != nil {
				t.Fatal(err)
			}
			if i == 600 { // a detour, through a file
				must(h.Root().CreateSubkey(`gone\with\the\wind`, 6))(t)
				h = mustParse(t, mustWrite(t, h, WriteOptions{Sequence: 1}))
				if err := h.Root().DeleteSubkey("GONE", 5); err != nil {
					t.Fatal(err)
				}
			}
		}
		got := mustWrite(t, h, WriteOptions{Sequence: 1})
		verify(t, got)
		if want == nil {
			want = got
		}
		if !bytes.Equal(got, want) {
			t.Error("same tree, other bytes")
		}
	}
}

func TestEditValues(t *testing.T) {
	h := New(NewOptions{})
	k := must(h.Root().CreateSubkey("K", 1))(t)
	set := func(name string, n uint32, at nt.Time) {
		t.Helper()
		if err := k.Set(name, RegDword, EncodeUint32(n), at); err != nil {
			t.Fatal(err)
		}
	}
	set("b", 1, 2)
	set("", 2, 3)
	set("a", 3, 4)
	before := must(k.Values())(t)
	set("B", 4, 5)
	set("(default)", 5, 6)
	if err := k.DeleteValue("A", 7); err != nil {
		t.Fatal(err)
	}
	if v := before[0]; len(before) != 3 || le.Uint32(v.Data) != 1 {
		t.Error("values got before an edit were changed by it")
	}
	after := must(k.Values())(t)
	if len(after) != 2 || after[0].Name != "b" || le.Uint32(after[0].Data) != 4 || after[1].Name != "" || le.Uint32(after[1].Data) != 5 {
		t.Errorf("values: %v", after)
	}
	if k.LastWritten() != 7 || h.Root().LastWritten() != 1 {
		t.Errorf("times: %d, %d", k.LastWritten(), h.Root().LastWritten())
	}
	if err := k.DeleteValue("a", 8); !errors.Is(err, ErrNotExist) || k.LastWritten() != 7 {
		t.Errorf("deleting what is not there: %v", err)
	}
	data := []byte{1, 2, 3, 4, 5}
	if err := k.Set("copy", RegBinary, data, 9); err != nil {
		t.Fatal(err)
	}
	data[0] = 9
	if v := must(k.Value("copy"))(t); v.Data[0] != 1 {
		t.Error("Set kept the caller's slice")
	}
}

func TestEditKeys(t *testing.T) {
	h := New(NewOptions{})
	root := h.Root()
	own, below := DefaultSecurity(), must(sd.Inherit(DefaultSecurity(), sd.Key))(t)
	parent := must(root.CreateSubkey(`one/two`, 1))(t)
	if err := parent.SetSecurity(own, 2); err != nil {
		t.Fatal(err)
	}
	mime := must(parent.CreateSubkey(`\text/html`, 3))(t)
	if got := must(mime.Security())(t); !bytes.Equal(got, below) || bytes.Equal(own, below) || mime.Name() != "text/html" || parent.LastWritten() != 3 {
		t.Errorf("new key: %q %x", mime.Name(), got)
	}
	if same := must(root.CreateSubkey(`ONE\TWO\TEXT/HTML`, 9))(t); same != mime || parent.LastWritten() != 3 {
		t.Error("an existing key was created again")
	}
	for _, sub := range must(parent.Subkeys())(t) { // deleting while going through
		if err := parent.DeleteSubkey(sub.Name(), 4); err != nil {
			t.Fatal(err)
		}
	}
	if err := mime.Set("x", RegSZ, nil, 5); !errors.Is(err, ErrNotExist) {
		t.Errorf("a deleted key was changed: %v", err)
	}
	if err := parent.DeleteSubkey("text/html", 5); !errors.Is(err, ErrNotExist) {
		t.Error(err)
	}
	if err := parent.SetClass("Größe", 6); err != nil {
		t.Fatal(err)
	}
	again := mustParse(t, mustWrite(t, h, WriteOptions{}))
	sameTree(t, root, again.Root())
	if class := must(must(again.Root().Lookup(`one\two`))(t).Class())(t); class != "Größe" {
		t.Errorf("class %q", class)
	}
}

func TestEditRefuses(t *testing.T) {
	root := New(NewOptions{Minor: 3}).Root()
	long := strings.Repeat("x", MaxKeyName+1)
	deep := root
	for deep.depth < MaxDepth-1 {
		deep = must(deep.CreateSubkey("d", 1))(t)
	}
	if err := root.Set("longest", RegBinary, make([]byte, 1048572), 1); err != nil {
		t.Error(err)
	}
	if deep.depth+1 != 511 {
		t.Errorf("%d levels", deep.depth+1)
	}
	for name, err := range map[string]error{
		"long key":   failed(root.CreateSubkey(long, 1)),
		"deep key":   failed(deep.CreateSubkey("d", 1)),
		"long value": root.Set(strings.Repeat("x", MaxValueName+1), RegSZ, nil, 1),
		"long data":  root.Set("x", RegSZ, make([]byte, 1048573), 1),
		"big data":   New(NewOptions{}).Root().CanSet("x", 65535*16344+1),
		"long class": root.SetClass(strings.Repeat("x", MaxClass+1), 1),
		"security":   root.SetSecurity([]byte("no descriptor, this one"), 1),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if root.LastWritten() != 1 { // the key d was created
		t.Error("a refused edit changed the time")
	}
	verify(t, mustWrite(t, root.hive, WriteOptions{}))
}

func failed(_ *Key, err error) error { return err }

// TestKept: flags and fields that have no meaning for the tree are kept, and
// volatile keys are left out.
func TestKept(t *testing.T) {
	h := New(NewOptions{})
	k := must(h.Root().CreateSubkey("link", 1))(t)
	if err := k.SetFlags(FlagSymLink|FlagVolatile, 2); err != nil {
		t.Fatal(err)
	}
	if err := k.Set("SymbolicLinkValue", RegLink, nt.AppendUTF16(nil, `\Registry\Machine\X`), 3); err != nil {
		t.Fatal(err)
	}
	k.flags |= 0x1000 | FlagVirtualStore
	k.control, k.access = 0x5a4b, 0x8002
	k.values.add(Value{Name: "gone", flags: vkTombstone})
	k.values.add(Value{Name: "odd", Type: 0xffff0012, Data: []byte{1}})
	must(h.Root().CreateSubkey("volatile", 1))(t).flags |= FlagVolatile
	copy(h.base[112:], "unknown fields")
	out := mustWrite(t, h, WriteOptions{})
	verify(t, out)
	again := mustParse(t, out)
	subkeys := must(again.Root().Subkeys())(t)
	if len(subkeys) != 1 {
		t.Fatalf("%d subkeys", len(subkeys))
	}
	sameTree(t, k, subkeys[0])
	if !bytes.Equal(again.base[112:baseChecksum], h.base[112:baseChecksum]) {
		t.Error("fields of the base block were lost")
	}
	if v := must(subkeys[0].Value("odd"))(t); v.Type.String() != "0xffff0012" {
		t.Errorf("type %v", v.Type)
	}
}

// TestSurrogates: names that are not valid UTF-16 come through.
func TestSurrogates(t *testing.T) {
	h := New(NewOptions{})
	name := nt.DecodeUTF16([]byte{'a', 0, 0x00, 0xd8, 'b', 0, 0x01, 0xdc, 0x3d, 0xd8, 0x00, 0xde})
	k := must(h.Root().CreateSubkey(name, 1))(t)
	if err := k.Set(name, RegSZ, EncodeString(name), 1); err != nil {
		t.Fatal(err)
	}
	again := must(mustParse(t, mustWrite(t, h, WriteOptions{})).Root().Subkey(name))(t)
	v := must(again.Value(strings.ToUpper("a") + name[1:]))(t)
	if again.Name() != name || v.Name != name || must(v.Text())(t) != name {
		t.Errorf("names %q %q", again.Name(), v.Name)
	}
}
