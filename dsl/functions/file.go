package functions

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/gildhq/gild/ground/regular"
)

// maxFile is the maximum size of a file that is read into a value. A payload is named by its
// path instead.
const maxFile = 16 << 20

// errOutside is the error for a path that leaves the folders that a module may read.
var errOutside = errors.New("the path leaves the module; functions read files in the folder of the configuration and in a module's own only")

// folders are the folders that the functions of a module read.
type folders struct {
	own, root fs.FS  // the module's folder and the configuration's; root is nil if they are one
	dir       string // the module's folder as seen from the configuration's
}

// find returns the folder of a path, and the name in it in the form of [fs.ValidPath]. It
// refuses paths that leave the folders; the file system, an [os.Root], refuses symbolic
// links that do.
func (f folders) find(arg cty.Value) (fs.FS, string, error) {
	plain, marks := arg.Unmark()
	name := plain.AsString()
	if _, fromRoot := marks[FromRoot]; !fromRoot || f.root == nil {
		name, err := inside(name)
		return f.own, name, err
	}
	clean := path.Clean(slashes(name))
	if rest, ok := strings.CutPrefix(clean+"/", f.dir+"/"); ok {
		return f.own, path.Clean(rest), nil
	}
	clean, err := inside(name)
	return f.root, clean, err
}

func (f folders) functions() map[string]function.Function {
	return map[string]function.Function{
		"basename": ofPath("Returns the last element of a path.", cty.String, func(args []cty.Value) (cty.Value, error) {
			plain, _ := args[0].Unmark()
			return cty.StringVal(path.Base(slashes(plain.AsString()))), nil
		}),
		"dirname": simple("Returns a path without its last element.", cty.String, func(args []cty.Value) (cty.Value, error) {
			return cty.StringVal(path.Dir(slashes(args[0].AsString()))), nil
		}, param("path", cty.String)),
		"file": f.reads("Returns the UTF-8 text of a file of the module.", cty.String, func(fsys fs.FS, name string) (cty.Value, error) {
			text, err := readText(fsys, name)
			return cty.StringVal(text), err
		}),
		"filebase64": f.reads("Returns the bytes of a file of the module, in base64.", cty.String, func(fsys fs.FS, name string) (cty.Value, error) {
			raw, err := read(fsys, name)
			return cty.StringVal(base64.StdEncoding.EncodeToString(raw)), err
		}),
		"fileexists": f.reads("Tells whether the module has a regular file of that name.", cty.Bool, func(fsys fs.FS, name string) (cty.Value, error) {
			info, err := fs.Stat(fsys, name)
			if errors.Is(err, fs.ErrNotExist) {
				return cty.False, nil
			}
			return cty.BoolVal(err == nil && regular.Is(info)), err
		}),
		"filemd5":    f.digest("MD5", md5.New),
		"fileset":    f.fileSet(),
		"filesha1":   f.digest("SHA-1", sha1.New),
		"filesha256": f.digest("SHA-256", sha256.New),
	}
}

// reads returns a function of one file.
func (f folders) reads(doc string, result cty.Type, impl func(fsys fs.FS, name string) (cty.Value, error)) function.Function {
	return ofPath(doc, result, func(args []cty.Value) (cty.Value, error) {
		fsys, name, err := f.find(args[0])
		if err == nil {
			var value cty.Value
			if value, err = impl(fsys, name); err == nil {
				return value, nil
			}
		}
		return cty.NilVal, argError(0, args, err)
	})
}

// ofPath returns a function whose first argument is a path, and removes the mark
// [FromRoot] of the path from its result. It keeps other marks.
func ofPath(doc string, result cty.Type, impl func(args []cty.Value) (cty.Value, error), more ...function.Parameter) function.Function {
	params := append([]function.Parameter{{Name: "path", Type: cty.String, AllowMarked: true}}, more...)
	return simple(doc, result, func(args []cty.Value) (cty.Value, error) {
		value, err := impl(args)
		if err != nil {
			return cty.NilVal, err
		}
		_, marks := args[0].Unmark()
		delete(marks, FromRoot)
		return value.WithMarks(marks), nil
	}, params...)
}

// argError is an error about a path as the author wrote it.
func argError(n int, args []cty.Value, err error) error {
	plain, _ := args[n].Unmark()
	return function.NewArgError(n, describe(plain.AsString(), err))
}

// slashes replaces backslashes by slashes.
func slashes(name string) string { return strings.ReplaceAll(name, `\`, "/") }

// inside returns the path in the form of [fs.ValidPath], or an error if it leaves the
// module. The file system, an [os.Root], refuses symbolic links that do.
func inside(name string) (string, error) {
	name = slashes(name)
	drive := len(name) > 1 && name[1] == ':'
	clean := path.Clean(name)
	switch {
	case name == "":
		return "", errors.New("the path is empty")
	case drive, path.IsAbs(clean), clean == "..", strings.HasPrefix(clean, "../"):
		return "", errOutside
	case !fs.ValidPath(clean):
		return "", errors.New("the path is not valid")
	}
	return clean, nil
}

// describe prefixes an error with the path as the author wrote it.
func describe(name string, err error) error {
	var at *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = errors.New("there is no such file in the module")
	case errors.As(err, &at):
		err = at.Err
		// The only way to know the error of os.Root, which has no name.
		if strings.Contains(err.Error(), "escapes from parent") {
			err = errOutside
		}
	}
	return fmt.Errorf("%q: %w", name, err)
}

// open opens a regular file. Other files, such as pipes, can block forever.
func open(fsys fs.FS, name string) (fs.File, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, errors.New("it is a folder")
	}
	if !regular.Is(info) {
		return nil, errors.New("it is not a regular file")
	}
	return fsys.Open(name)
}

func read(fsys fs.FS, name string) ([]byte, error) {
	f, err := open(fsys, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(raw) > maxFile {
		return nil, fmt.Errorf("it is larger than %d MiB, the limit for files in values", maxFile>>20)
	}
	return raw, err
}

func readText(fsys fs.FS, name string) (string, error) {
	raw, err := read(fsys, name)
	switch {
	case err != nil:
		return "", err
	case bytes.HasPrefix(raw, []byte{0xFF, 0xFE}):
		return "", errors.New(`it is UTF-16; read it with textdecodebase64(filebase64(…), "UTF-16LE")`)
	case !utf8.Valid(raw):
		return "", errors.New("it is not UTF-8 text; filebase64 reads any file")
	}
	return string(raw), nil
}

func (f folders) digest(name string, algorithm func() hash.Hash) function.Function {
	return f.reads("Returns the "+name+" digest of a file of the module.", cty.String, func(fsys fs.FS, name string) (cty.Value, error) {
		f, err := open(fsys, name)
		if err != nil {
			return cty.NilVal, err
		}
		defer f.Close()
		h := algorithm()
		if _, err := io.Copy(h, f); err != nil {
			return cty.NilVal, err
		}
		return cty.StringVal(hex.EncodeToString(h.Sum(nil))), nil
	})
}
