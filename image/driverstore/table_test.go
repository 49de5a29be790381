package driverstore_test

import (
	"cmp"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gildhq/gild/image/driverstore"
	"github.com/gildhq/gild/internal/testenv"
)

//go:generate go test -run ^TestTable$ . -update

var update = flag.Bool("update", false, "write the table in docs/drivers.md")

// collections are the INF files that are counted, by their folders.
var collections = []struct{ name, folders string }{
	{"virtio-win", "drivers/virtio-win-inx"},
	{"samples of Microsoft's driver kit", "drivers/windows-driver-samples"},
	{"packages of vendors", "drivers/adafruit drivers/arduino drivers/inf-only"},
	{"files of Windows itself", "inf-inbox driverstore"},
}

// row counts INF files.
type row struct{ all, out, staged, elsewhere, later int }

// TestTable counts which INF files of the collection can be imported offline and
// compares the result with docs/drivers.md; with -update it writes the result there.
// Without the collection the document stays as it is.
func TestTable(t *testing.T) {
	store := open(t, realImage(t))
	reasons := map[string]int{}
	var text strings.Builder
	text.WriteString("| INF files | all | imported | reflected | staged | not imported |\n|---|---|---|---|---|---|\n")
	var sum row
	for _, c := range collections {
		var r row
		for _, folder := range strings.Fields(c.folders) {
			for name, data := range infFiles(t, testenv.Shared(t, folder)) {
				r.count(t, store, name, data, reasons)
			}
		}
		r.write(&text, c.name)
		sum.add(r)
	}
	sum.write(&text, "together")
	for _, kind := range []string{staged, refused} {
		fmt.Fprintf(&text, "\n| %s… | INF files |\n|---|---|\n", kind)
		list := slices.DeleteFunc(slices.Sorted(maps.Keys(reasons)), func(why string) bool { return !strings.HasPrefix(why, kind) })
		slices.SortStableFunc(list, func(a, b string) int { return cmp.Compare(reasons[b], reasons[a]) })
		for _, why := range list {
			fmt.Fprintf(&text, "| %s | %d |\n", strings.TrimPrefix(why, kind), reasons[why])
		}
	}
	compareTable(t, text.String())
}

const (
	staged  = "staged only, though of a boot-critical class, because "
	refused = "not imported, because "
)

// compareTable replaces the text between two marks in the document, or compares it.
func compareTable(t *testing.T, table string) {
	t.Helper()
	const file, begin, end = "../../docs/drivers.md", "<!-- counted by go generate ./image/driverstore -->\n", "<!-- end -->\n"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	before, rest, ok := strings.Cut(text, begin)
	old, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no marks around its table", file)
	}
	if table = "\n" + table + "\n"; old == table {
		return
	}
	if !*update {
		t.Fatalf("the table in %s is out of date; go generate ./image/driverstore writes it", file)
	}
	if err := os.WriteFile(file, []byte(before+begin+table+end+after), 0o666); err != nil {
		t.Fatal(err)
	}
}

func (r *row) add(o row) {
	r.all, r.out, r.staged, r.elsewhere, r.later = r.all+o.all, r.out+o.out, r.staged+o.staged, r.elsewhere+o.elsewhere, r.later+o.later
}

func (r *row) write(text *strings.Builder, name string) {
	fmt.Fprintf(text, "| %s | %d | %d | %d | %d | %d |\n", name, r.all, r.out+r.staged+r.elsewhere, r.out, r.staged+r.elsewhere, r.later)
}

func (r *row) count(t *testing.T, store *driverstore.Store, name string, data []byte, reasons map[string]int) {
	t.Helper()
	r.all++
	pkg := parsedFor(t, 26100, strings.TrimSuffix(path.Base(name), path.Ext(name))+".inf", data, nil)
	ok, why := store.Suits(pkg)
	switch held := store.Staged(pkg); {
	case !ok:
		r.later++
		reasons[refused+general(why)]++
	case held != "":
		r.staged++
		reasons[staged+general(held)]++
	case store.BootCritical(pkg):
		r.out++
	default:
		r.elsewhere++
	}
}

// general returns a reason without the details of one INF file.
func general(why string) string {
	for _, r := range [...]struct{ pattern, by string }{
		{`^line \d+: `, ""},
		{`section \[[^\]]*\.(\w+)\]`, "section [….$1]"},
		{`it needs section \S+ of (.*), an INF of Windows`, "it needs a section of an INF of Windows"},
		{`(an?|the|its)? ?service \S+ is of type`, "a service is of type"},
		{`the image has a service \S+ with`, "the image has its service with"},
		{`it lists no device for .*`, "it lists no device for this Windows and architecture"},
		{`(the property \w+): .*`, "$1 in this form"},
	} {
		why = regexp.MustCompile(r.pattern).ReplaceAllString(why, r.by)
	}
	return why
}

// infFiles reads the INF files below a folder, completed as their builds do.
func infFiles(t *testing.T, root string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	dir := os.DirFS(root)
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		if ext := strings.ToLower(path.Ext(name)); err != nil || d.IsDir() || ext != ".inf" && ext != ".inx" {
			return err
		}
		data, err := fs.ReadFile(dir, name)
		all[name] = completedFile(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
