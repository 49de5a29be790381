package hive

import "testing"

func BenchmarkOpenAndReadOneValue(b *testing.B) {
	data := realHive(b, "SYSTEM_WIN_10_1709")
	for b.Loop() {
		k := must(mustParse(b, data).Root().Lookup(`ControlSet001\Control\ComputerName\ComputerName`))(b)
		must(k.Value("ComputerName"))(b)
	}
}

func BenchmarkWalk(b *testing.B) {
	data := realHive(b, "SYSTEM_WIN_10_1709")
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if faults := mustParse(b, data).Check(); len(faults) > 0 {
			b.Fatal(faults[0])
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	data := realHive(b, "SYSTEM_WIN_10_1709")
	h := mustParse(b, data)
	h.Check()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		mustWrite(b, h, WriteOptions{AllowDirty: true})
	}
}

func BenchmarkCreate3000Keys(b *testing.B) {
	data := realHive(b, "SYSTEM_WIN_10_1709")
	names := make([]string, 3000)
	for i := range names {
		names[i] = string([]byte{'a' + byte(i*7%26), 'a' + byte(i/26%26), 'a' + byte(i/676)})
	}
	for b.Loop() {
		k := must(mustParse(b, data).Root().CreateSubkey("New", 1))(b)
		for _, name := range names {
			if err := must(k.CreateSubkey(name, 1))(b).Set("v", RegSZ, EncodeString(name), 1); err != nil {
				b.Fatal(err)
			}
		}
	}
}
