// Package sample makes images that look like Windows, for tests, demonstrations and
// measurements, so that gild can be tried without Windows media.
//
// An image has the folders, registry hives, services, packages, links and
// security descriptors of a small Windows installation, and none of its
// programs: their content is made up. The same options give the same bytes.
package sample

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/gildhq/gild/formats/wim"
)

// Options say what the image is like. The zero value is a small Windows 11 of a
// few megabytes, compressed with LZX.
type Options struct {
	Files       int             // further files in the component store, besides the few that are always there
	FileSize    int64           // their mean size in bytes; 0 is 12 KiB
	Images      int             // images in the file; 0 is one
	PE          bool            // Windows PE, as in a boot.wim
	Compression wim.Compression // Default: LZX
	Stored      bool            // do not compress
	Integrity   bool            // write an integrity table
}

// made is the time everything in a sample carries.
var made = time.Date(2024, 4, 1, 7, 12, 5, 0, time.UTC)

// Write makes a WIM file. The file must not exist.
func Write(ctx context.Context, path string, o Options) (err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o666)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			os.Remove(path)
		}
	}()
	return WriteTo(ctx, f, o)
}

// WriteTo makes a WIM file in w, which must be empty.
func WriteTo(ctx context.Context, w io.WriteSeeker, o Options) error {
	if o.Compression == wim.None && !o.Stored {
		o.Compression = wim.LZX
	}
	options := wim.Options{Compression: o.Compression, Integrity: o.Integrity}
	if o.PE {
		options.BootIndex = 1
	}
	b, err := wim.NewBuilder(options)
	if err != nil {
		return err
	}
	for i := range max(o.Images, 1) {
		root, err := treeOf(o, i)
		if err != nil {
			return err
		}
		if err := b.AddImage(root, describe(o, i)); err != nil {
			return err
		}
	}
	return b.Write(ctx, w)
}

// editions are the images of a file with several.
var editions = []struct{ id, name string }{
	{"Professional", "Windows 11 Pro"},
	{"ProfessionalEducation", "Windows 11 Pro Education"},
	{"Enterprise", "Windows 11 Enterprise"},
}

// describe returns what the XML says of the image with that number, from 0.
func describe(o Options, i int) wim.ImageInfo {
	e, installation, revision := editions[i%len(editions)], "Client", 2096
	if i >= len(editions) {
		e.name = fmt.Sprintf("%s %d", e.name, i+1)
	}
	if o.PE {
		e.id, e.name, installation, revision = "WindowsPE", "Microsoft Windows PE (x64)", "WindowsPE", 1
	}
	return wim.ImageInfo{
		Name: e.name, Description: e.name, DisplayName: e.name, DisplayDescription: e.name, Flags: e.id,
		Created: made, Modified: made,
		Windows: &wim.WindowsInfo{
			Arch: 9, ProductName: "Microsoft® Windows® Operating System", EditionID: e.id,
			InstallationType: installation, ProductType: "WinNT", Hal: "acpiapic",
			Languages: []string{"en-US"}, DefaultLanguage: "en-US",
			Version:    wim.Version{Major: 10, Minor: 0, Build: 26100, SPBuild: revision},
			SystemRoot: "WINDOWS",
		},
	}
}
