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

// maxFile is the size up to which a file is read into a value. Payloads are
// named by their path instead.
const maxFile = 16 << 20

// errOutside says that a path leads out of the module's folder.
var errOutside = errors.New("the path leaves the module; functions read files in the folder of the configuration only")

func files(fsys fs.FS) map[string]function.Function {
	return map[string]function.Function{
		"basename": pathPart("Returns the last element of a path.", path.Base),
		"dirname":  pathPart("Returns a path without its last element.", path.Dir),
		"file": fileFunc("Returns the UTF-8 text of a file of the module.", cty.String, func(name string) (cty.Value, error) {
			text, err := readText(fsys, name)
			return cty.StringVal(text), err
		}),
		"filebase64": fileFunc("Returns the bytes of a file of the module, in base64.", cty.String, func(name string) (cty.Value, error) {
			raw, err := read(fsys, name)
			return cty.StringVal(base64.StdEncoding.EncodeToString(raw)), err
		}),
		"fileexists": fileFunc("Tells whether the module has a regular file of that name.", cty.Bool, func(name string) (cty.Value, error) {
			info, err := fs.Stat(fsys, name)
			if errors.Is(err, fs.ErrNotExist) {
				return cty.False, nil
			}
			return cty.BoolVal(err == nil && regular.Is(info)), err
		}),
		"filemd5":    fileDigest(fsys, "MD5", md5.New),
		"fileset":    fileSet(fsys),
		"filesha1":   fileDigest(fsys, "SHA-1", sha1.New),
		"filesha256": fileDigest(fsys, "SHA-256", sha256.New),
	}
}

// pathPart makes a function of a path's text. Backslashes separate as slashes do.
func pathPart(doc string, part func(string) string) function.Function {
	return simple(doc, cty.String, func(args []cty.Value) (cty.Value, error) {
		return cty.StringVal(part(slashes(args[0].AsString()))), nil
	}, param("path", cty.String))
}

// fileFunc makes a function of one file of the module.
func fileFunc(doc string, result cty.Type, impl func(name string) (cty.Value, error)) function.Function {
	return simple(doc, result, func(args []cty.Value) (cty.Value, error) {
		name, err := inside(args[0].AsString())
		if err == nil {
			var value cty.Value
			if value, err = impl(name); err == nil {
				return value, nil
			}
		}
		return cty.NilVal, function.NewArgError(0, describe(args[0].AsString(), err))
	}, param("path", cty.String))
}

func slashes(name string) string { return strings.ReplaceAll(name, `\`, "/") }

// inside returns the path in the form of [fs.ValidPath], or an error if it leaves the
// module. The file system, an [os.Root], makes sure that no symbolic link leads out.
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

// describe puts the path as the author wrote it before what is wrong.
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

// open opens a regular file. Others, such as pipes, could block for ever.
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

func fileDigest(fsys fs.FS, name string, algorithm func() hash.Hash) function.Function {
	return fileFunc("Returns the "+name+" digest of a file of the module.", cty.String, func(name string) (cty.Value, error) {
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
