package conformance

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/image"
)

// edit is a change of an image with the way to read it back, both with any backend.
type edit struct {
	name, proves string
	security     bool     // changes security descriptors, which only Windows keeps in a folder
	touches      []string // changed files of the source
	make         func(image.Session) error
	look         func(image.Session) error
}

// edits are all edits in their order.
var edits = []edit{
	{
		name: "hosts", proves: "gild replaces the hosts file and keeps its security descriptor", touches: []string{hostsFile},
		make: func(s image.Session) error { return rewrite(s, hostsFile, newHosts) },
		look: func(s image.Session) error { return holds(s, hostsFile, newHosts) },
	},
	{
		name: "trusted", proves: "gild replaces a file that TrustedInstaller owns", touches: []string{trustedFile},
		make: func(s image.Session) error { return rewrite(s, trustedFile, newContent) },
		look: func(s image.Session) error { return holds(s, trustedFile, newContent) },
	},
	{
		name: "trusted.owner", proves: "a file that gild replaced still belongs to TrustedInstaller, with the same rights", security: true, touches: []string{trustedFile},
		make: func(s image.Session) error { return rewrite(s, trustedFile, newContent) },
		look: func(s image.Session) error { return secured(s, trustedFile, trusted) },
	},
	{
		name: "foreign", proves: "gild sets an owner that is not an account of this machine", security: true, touches: []string{readOnlyFile},
		make: func(s image.Session) error { return setMeta(s, readOnlyFile, image.Meta{Security: foreign}) },
		look: func(s image.Session) error { return secured(s, readOnlyFile, foreign) },
	},
	{
		name: "protected", proves: "a folder that gild creates with a protected security descriptor inherits nothing", security: true,
		make: func(s image.Session) error {
			files, _ := image.As[image.Files](s)
			return files.MkdirAll(newDir, image.Meta{Security: protected})
		},
		look: func(s image.Session) error { return secured(s, newDir, protected) },
	},
	{
		name: "links", proves: "another hard link to a file that gild replaces keeps its content", touches: []string{linkedFile, otherLink},
		make: func(s image.Session) error { return rewrite(s, linkedFile, newContent) },
		look: func(s image.Session) error {
			return errors.Join(holds(s, linkedFile, newContent), holds(s, otherLink, "two names"))
		},
	},
	{
		name: "names", proves: "gild creates files with names that some programs refuse, and removes files",
		touches: []string{hiddenFile},
		make: func(s image.Session) error {
			files, _ := image.As[image.Files](s)
			err := files.MkdirAll(newLong[:strings.LastIndexByte(newLong, '/')], image.Meta{})
			for _, name := range []string{newName, newLong} {
				err = errors.Join(err, files.WriteFile(name, strings.NewReader(newContent), image.Meta{}))
			}
			return errors.Join(err, rewrite(s, hiddenFile, newContent), rewrite(s, emptyFileNew, ""))
		},
		look: func(s image.Session) error {
			return errors.Join(holds(s, newName, newContent), holds(s, newLong, newContent), holds(s, hiddenFile, newContent), holds(s, emptyFileNew, ""))
		},
	},
	{
		name: "hives", proves: "gild writes to every registry hive of the image, and reads the values back", touches: hiveFiles(),
		make: writeHives, look: readHives,
	},
}

const (
	newContent   = "written by gild\r\n"
	newHosts     = "127.0.0.1 localhost\r\n192.0.2.1 gild.example\r\n"
	newDir       = "ProgramData/gild-new"
	newName      = "Windows/gild neü 漢字 %TEMP% & (1).txt"
	emptyFileNew = "Windows/gild-new-empty.txt"
)

var newLong = "Windows/WinSxS/" + strings.Repeat("amd64_gild-new--", 4) + "/" + strings.Repeat("m", 44) + ".txt"

func rewrite(s image.Session, name, content string) error {
	files, ok := image.As[image.Files](s)
	if !ok {
		return errors.New("the session has no files")
	}
	return files.WriteFile(name, strings.NewReader(content), image.Meta{})
}

func setMeta(s image.Session, name string, meta image.Meta) error {
	files, _ := image.As[image.Files](s)
	return files.SetMeta(name, meta)
}

// holds returns an error if a file has other content.
func holds(s image.Session, name, want string) error {
	data, err := read(s, name)
	if err == nil && string(data) != want {
		err = fmt.Errorf("%s: has %q, but %q was written", name, shorter(string(data)), want)
	}
	return err
}

func read(s image.Session, name string) ([]byte, error) {
	files, ok := image.As[image.Files](s)
	if !ok {
		return nil, errors.New("the session has no files")
	}
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(f)
	return data, errors.Join(err, f.Close())
}

func secured(s image.Session, name string, want []byte) error {
	files, _ := image.As[image.Files](s)
	return sameSecurity(files, name, want)
}

// inHive is the key that the checks create below the root of each hive.
const inHive = "gild self-test"

// manyKeys is the number of keys below it: more than fit into one list of subkeys.
const manyKeys = 1200

// values have every type, and sizes around the limits of the ways in which a hive stores
// data: up to 4 bytes in the value itself, up to 16344 in a cell, more in several cells.
func values() []image.Value {
	list := []image.Value{
		{Name: "", Type: hive.RegSZ, Data: hive.EncodeString("the default value")},
		{Name: "empty", Type: hive.RegNone},
		{Name: "ünïcode 漢字", Type: hive.RegExpandSZ, Data: hive.EncodeString(`%SystemRoot%\漢字`)},
		{Name: "number", Type: hive.RegDword, Data: hive.EncodeUint32(0xfedcba98)},
		{Name: "long number", Type: hive.RegQword, Data: hive.EncodeUint64(0xfedcba9876543210)},
		{Name: "list", Type: hive.RegMultiSZ, Data: slices.Concat(hive.EncodeString("one"), hive.EncodeString("two"), []byte{0, 0})},
		{Name: strings.Repeat("long name ", 20), Type: hive.RegBinary, Data: []byte{1}},
	}
	for _, size := range []int{1, 4, 5, 16344, 16345, 70000} {
		list = append(list, image.Value{Name: fmt.Sprintf("%d bytes", size), Type: hive.RegBinary, Data: bytes.Repeat([]byte{0xa5}, size)})
	}
	return list
}

// present returns the hives that exist in an image.
func present(s image.Session) ([]image.Hive, error) {
	files, ok := image.As[image.Files](s)
	if !ok {
		return nil, errors.New("the session has no files")
	}
	var list []image.Hive
	for _, h := range image.Hives() {
		switch _, err := files.Stat(h.File); {
		case err == nil:
			list = append(list, h)
		case !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
	}
	if len(list) == 0 {
		return nil, errors.New("the image has no hives")
	}
	return list, nil
}

func hiveFiles() []string {
	var names []string
	for _, h := range image.Hives() {
		names = append(names, h.File)
	}
	return names
}

func writeHives(s image.Session) error {
	list, err := present(s)
	if err != nil {
		return err
	}
	r, ok := image.As[image.Registry](s)
	if !ok {
		return errors.New("the session has no registry")
	}
	for _, h := range list {
		key := h.Root + "/" + inHive
		for _, v := range values() {
			err = errors.Join(err, r.SetValue(key, v))
		}
		for i := range manyKeys {
			err = errors.Join(err, r.CreateKey(fmt.Sprintf("%s/key %04d", key, i)))
		}
	}
	return err
}

func readHives(s image.Session) error {
	list, err := present(s)
	if err != nil {
		return err
	}
	r, _ := image.As[image.Registry](s)
	var errs differences
	for _, h := range list {
		key := h.Root + "/" + inHive
		for _, want := range values() {
			got, err := r.Value(key, want.Name)
			switch {
			case err != nil:
				errs.add(fmt.Errorf("%s: value %q: %w", key, want.Name, err))
			case got.Type != want.Type || !bytes.Equal(got.Data, want.Data):
				errs.add(fmt.Errorf("%s: value %q: is %v with %d bytes, but %v with %d bytes was written", key, want.Name, got.Type, len(got.Data), want.Type, len(want.Data)))
			}
		}
		keys, err := r.Subkeys(key)
		if err == nil && len(keys) != manyKeys {
			err = fmt.Errorf("%s: has %d keys of %d", key, len(keys), manyKeys)
		}
		errs.add(err)
	}
	return errs.err()
}
