package imagetest

import (
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/image"
)

// testMemo checks that results are cached, and that every write invalidates them.
func testMemo(t *testing.T, f Fixture) {
	s := f.open(t)
	type key struct{ of image.Capability }
	reads := map[image.Capability]int{}
	read := func(of image.Capability) int {
		n, err := image.Once(s.Session, key{of}, func() (int, error) { reads[of]++; return reads[of], nil }, of)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	const path = "HKLM/SOFTWARE/Contoso/Memo"
	value := image.Value{Name: "Number", Type: hive.RegDword, Data: hive.EncodeUint32(1)}
	type write struct {
		what string
		of   image.Capability
		do   func() error
	}
	writes := []write{
		{"WriteFile", image.CanFiles, func() error { return s.files.WriteFile("Windows/memo.txt", strings.NewReader("1"), image.Meta{}) }},
		{"MkdirAll", image.CanFiles, func() error { return s.files.MkdirAll("Windows/Memo/Deep", image.Meta{}) }},
		{"SetMeta", image.CanFiles, func() error { return s.files.SetMeta("Windows/memo.txt", image.Meta{Attributes: image.ReadOnly}) }},
		{"Remove", image.CanFiles, func() error { return s.files.Remove("Windows/memo.txt") }},
		{"CreateKey", image.CanRegistry, func() error { return s.registry.CreateKey(path) }},
		{"SetValue", image.CanRegistry, func() error { return s.registry.SetValue(path, value) }},
		{"DeleteValue", image.CanRegistry, func() error { return s.registry.DeleteValue(path, value.Name) }},
		{"DeleteKey", image.CanRegistry, func() error { return s.registry.DeleteKey(path) }},
	}
	if queue, ok := image.As[image.FirstBoot](s.Session); ok {
		writes = append(writes,
			write{"QueueAction", image.CanFirstBoot, func() error { return queue.QueueAction(image.Action{ID: "memo", Interpreter: image.Cmd}) }},
			write{"UnqueueAction", image.CanFirstBoot, func() error { return queue.UnqueueAction("memo") }})
	}
	for _, write := range writes {
		before := map[image.Capability]int{}
		for _, of := range []image.Capability{image.CanFiles, image.CanRegistry, image.CanFirstBoot} {
			if before[of] = read(of); read(of) != before[of] {
				t.Errorf("before %s: a result read with %s is not cached", write.what, of)
			}
		}
		if err := write.do(); err != nil {
			t.Fatalf("%s: %v", write.what, err)
		}
		for of, n := range before {
			if again := read(of) != n; again != (of == write.of) {
				t.Errorf("%s: read again with %s: %t", write.what, of, again)
			}
		}
	}
}
