package hive

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gildhq/gild/formats/nt"
)

// TestValuesAgainstAPlainList edits values at random, and in parallel a list that is searched
// from its beginning each time.
func TestValuesAgainstAPlainList(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 30 {
		key := New(NewOptions{}).Root()
		var plain []Value
		find := func(name string) int {
			return slices.IndexFunc(plain, func(v Value) bool { return nt.Equal(v.Name, name) })
		}
		var held, copied []Value // what Values gave, and what it was then
		for step := range 600 {
			name := fmt.Sprintf("%c%d", "aA"[random.IntN(2)], random.IntN(60))
			data := EncodeUint32(uint32(step))
			i := find(name)
			if random.IntN(3) > 0 {
				if err := key.Set(name, RegDword, data, 1); err != nil {
					t.Fatal(err)
				}
				if i < 0 {
					plain = append(plain, Value{Name: name, Type: RegDword, Data: data})
				} else {
					plain[i].Data = data
				}
			} else {
				if err := key.DeleteValue(name, 1); errors.Is(err, ErrNotExist) != (i < 0) {
					t.Fatalf("deleting %q: %v", name, err)
				}
				if i >= 0 {
					plain = slices.Delete(plain, i, i+1)
				}
			}
			if random.IntN(20) == 0 {
				sameList(t, held, copied)
				held = must(key.Values())(t)
				copied = slices.Clone(held)
				sameList(t, held, plain)
			}
		}
		again := mustParse(t, mustWrite(t, key.hive, WriteOptions{}))
		sameList(t, must(again.Root().Values())(t), plain)
	}
}

func sameList(t *testing.T, got, want []Value) {
	t.Helper()
	if !slices.EqualFunc(got, want, func(v, w Value) bool { return v.Name == w.Name && slices.Equal(v.Data, w.Data) }) {
		t.Fatalf("values %v, want %v", got, want)
	}
}

// TestNamesTwice: of values that have one name, the first is the one that is found,
// and the next one after that is deleted.
func TestNamesTwice(t *testing.T) {
	key := New(NewOptions{}).Root()
	for i := range 3 * shortList {
		key.values.add(Value{Name: fmt.Sprint(i % (2 * shortList)), Type: RegDword, Data: EncodeUint32(uint32(i))})
	}
	for _, want := range []uint32{7, 7 + 2*shortList} {
		if n := must(must(key.Value("7"))(t).Uint32())(t); n != want {
			t.Errorf("found %d, want %d", n, want)
		}
		if err := key.DeleteValue("7", 1); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := key.Value("7"); !errors.Is(err, ErrNotExist) {
		t.Error(err)
	}
}

// BenchmarkValues sets, changes and deletes as many values as one key can have.
func BenchmarkValues(b *testing.B) {
	names := make([]string, maxValues)
	for i := range names {
		names[i] = fmt.Sprintf("value %d", i)
	}
	for b.Loop() {
		key := New(NewOptions{}).Root()
		for n := range uint32(2) {
			for _, name := range names {
				if err := key.Set(name, RegDword, EncodeUint32(n), 1); err != nil {
					b.Fatal(err)
				}
			}
		}
		for _, name := range names {
			if err := key.DeleteValue(name, 1); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// TestMostValues: a key can have as many values as their list has room for in the
// largest cell.
func TestMostValues(t *testing.T) {
	key := New(NewOptions{}).Root()
	for i := range maxValues {
		if err := key.Set(fmt.Sprint(i), RegDword, nil, 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := key.Set("one more", RegDword, nil, 1); !errors.Is(err, ErrInvalid) {
		t.Errorf("one value more: %v", err)
	}
	if err := key.Set("0", RegDword, EncodeUint32(1), 1); err != nil {
		t.Error(err)
	}
	again := mustParse(t, mustWrite(t, key.hive, WriteOptions{}))
	if faults := again.Check(); len(faults) > 0 || again.Root().values.count() != maxValues {
		t.Errorf("%d values, %v", again.Root().values.count(), faults)
	}
}
