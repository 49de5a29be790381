package regtext

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
)

// Apply carries operations out on the keys below root, which stands for the
// key named prefix, such as HKEY_LOCAL_MACHINE\SOFTWARE; an operation elsewhere
// is an error. Deleting what is not there is none. Changed keys get the time at.
// Operations before the one that fails have been carried out.
func Apply(ops []Op, root *hive.Key, prefix string, at nt.Time) error {
	for i := range ops {
		if err := apply(&ops[i], root, prefix, at); err != nil {
			return fmt.Errorf("line %d: %w", ops[i].Line, err)
		}
	}
	return nil
}

func apply(op *Op, root *hive.Key, prefix string, at nt.Time) error {
	path, err := relative(op.Key, prefix)
	if err != nil {
		return err
	}
	switch op.Action {
	case DeleteKey:
		return present(deleteKey(root, path, at))
	case DeleteValue:
		key, err := root.Lookup(path)
		if err != nil {
			return present(err)
		}
		return present(key.DeleteValue(op.Name, at))
	}
	key, err := root.CreateSubkey(path, at)
	if err != nil || op.Action == CreateKey {
		return err
	}
	return key.Set(op.Name, op.Type, op.Data, at)
}

// present drops the error of something that does not exist.
func present(err error) error {
	if errors.Is(err, hive.ErrNotExist) {
		return nil
	}
	return err
}

func deleteKey(root *hive.Key, path string, at nt.Time) error {
	key, err := root.Lookup(path)
	if err != nil {
		return err
	}
	if key.Parent() == nil {
		return errors.New("the root key of a hive can't be deleted")
	}
	return key.Parent().DeleteSubkey(key.Name(), at)
}

// relative returns the path of a key below the one named prefix, beginning with
// a backslash.
func relative(key, prefix string) (string, error) {
	have, want := hive.SplitPath(`\`+key), hive.SplitPath(`\`+prefix)
	if len(have) < len(want) {
		return "", fmt.Errorf("key %q is not below %q", key, prefix)
	}
	for i, name := range want {
		if !nt.Equal(have[i], name) {
			return "", fmt.Errorf("key %q is not below %q", key, prefix)
		}
	}
	return `\` + strings.Join(have[len(want):], `\`), nil
}
