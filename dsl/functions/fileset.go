package functions

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/gildhq/gild/ground/regular"
)

func (f folders) fileSet() function.Function {
	return ofPath("Returns the regular files below a folder whose path from there matches a pattern of *, ?, [a-z], {a,b} and ** (any number of folders).",
		cty.Set(cty.String),
		func(args []cty.Value) (cty.Value, error) {
			fsys, dir, err := f.find(args[0])
			if err != nil {
				return cty.NilVal, argError(0, args, err)
			}
			pattern, err := validPattern(args[1].AsString())
			if err != nil {
				return cty.NilVal, argError(1, args, err)
			}
			names, err := match(fsys, dir, pattern)
			if err != nil {
				return cty.NilVal, argError(0, args, err)
			}
			if len(names) == 0 {
				return cty.SetValEmpty(cty.String), nil
			}
			return cty.SetVal(names), nil
		}, param("pattern", cty.String))
}

func validPattern(pattern string) (string, error) {
	pattern = slashes(pattern)
	if path.IsAbs(pattern) || slices.Contains(strings.Split(pattern, "/"), "..") {
		return "", errOutside
	}
	if !doublestar.ValidatePattern(pattern) {
		return "", errors.New("the pattern is not valid")
	}
	return strings.TrimPrefix(pattern, "./"), nil
}

// match walks the folder. It does not follow links to folders, so it terminates. Without **
// in the pattern it goes only as deep as the pattern.
func match(fsys fs.FS, dir, pattern string) ([]cty.Value, error) {
	depth := strings.Count(pattern, "/") + 1
	if strings.Contains(pattern, "**") {
		depth = 1 << 20
	}
	var names []cty.Value
	seen := map[string]string{}
	err := fs.WalkDir(fsys, dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel := strings.TrimPrefix(strings.TrimPrefix(name, dir), "/")
		if dir == "." {
			rel = name
		}
		if d.IsDir() {
			if name != dir && strings.Count(rel, "/")+1 >= depth {
				return fs.SkipDir
			}
			return nil
		}
		value := cty.StringVal(rel) // normalizes it to NFC
		if ok, err := doublestar.Match(pattern, value.AsString()); err != nil || !ok {
			return err
		}
		info, err := fs.Stat(fsys, name)
		if err != nil || !regular.Is(info) {
			return err
		}
		if other, twice := seen[value.AsString()]; twice {
			return fmt.Errorf("it holds %+q and %+q, which differ in how their characters are composed only, and are one string here", other, rel)
		}
		seen[value.AsString()] = rel
		names = append(names, value)
		return nil
	})
	return names, err
}
