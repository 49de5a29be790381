package offline_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/imagetest"
	"github.com/gildhq/gild/image/offline"
	"github.com/gildhq/gild/internal/testenv"
	"github.com/gildhq/gild/internal/wimtree"
)

// captured makes a WIM file from the suite's files with wimlib.
func captured(t *testing.T, args ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "tree")
	imagetest.WriteTree(t, dir)
	file := filepath.Join(t.TempDir(), "install image.wim")
	testenv.Run(t, "wimlib-imagex", append([]string{"capture", dir, file, "Windows"}, args...)...)
	return file
}

func fixture(t *testing.T, file string) imagetest.Fixture {
	return imagetest.Fixture{
		Backend: offline.Backend{},
		Ref:     image.Ref{Path: file},
		Open:    image.OpenOptions{Store: filepath.Join(t.TempDir(), "check points")},
	}
}

func TestSuiteWIM(t *testing.T) {
	imagetest.Run(t, func(t *testing.T) imagetest.Fixture { return fixture(t, captured(t)) })
}

// TestSuiteCaptured runs the suite on a file that another program made.
func TestSuiteCaptured(t *testing.T) {
	imagetest.Run(t, func(t *testing.T) imagetest.Fixture {
		dir := t.TempDir()
		imagetest.WriteTree(t, dir)
		root, err := wimtree.Of(os.DirFS(dir))
		must(t, err)
		return fixture(t, build(t, root))
	})
}

func TestSuiteFolder(t *testing.T) {
	imagetest.Run(t, func(t *testing.T) imagetest.Fixture {
		dir := filepath.Join(t.TempDir(), "mounted image")
		imagetest.WriteTree(t, dir)
		return imagetest.Fixture{Backend: offline.Backend{}, Ref: image.Ref{Path: dir},
			InPlace: true, PlainMeta: runtime.GOOS != "windows"}
	})
}
