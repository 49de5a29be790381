package offline_test

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/imagetest"
	"github.com/gildhq/gild/image/offline"
)

// TestFolderLongPaths works below a path of more than 260 characters, Windows' default
// limit; paths in the component store are that long.
func TestFolderLongPaths(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "image")
	imagetest.WriteTree(t, dir)
	session, err := offline.Backend{}.Open(t.Context(), image.Ref{Path: dir}, image.OpenOptions{Write: true, Clock: imagetest.Clock()})
	must(t, err)
	defer session.Close()
	files, _ := image.As[image.Files](session)

	folder := "Windows/WinSxS/" + strings.Repeat("amd64_"+strings.Repeat("x", 114)+"/", 3)
	must(t, files.MkdirAll(strings.TrimSuffix(folder, "/"), image.Meta{}))
	must(t, files.WriteFile(folder+"Datei.dll", strings.NewReader("x"), image.Meta{Attributes: image.ReadOnly}))
	must(t, files.SetMeta(folder+"datei.DLL", image.Meta{Written: imagetest.Clock()}))
	meta, err := files.Meta(strings.ToUpper(folder) + "datei.dll")
	must(t, err)
	if meta.Attributes&image.ReadOnly == 0 || !meta.Written.Equal(imagetest.Clock()) {
		t.Errorf("%+v", meta)
	}
	if info, err := fs.Stat(files, folder+"DATEI.DLL"); err != nil || info.Name() != "Datei.dll" {
		t.Errorf("%v, %v", info, err)
	}
	must(t, files.Remove(folder+"datei.dll"))
}
