package cab_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"

	"github.com/gildhq/gild/formats/cab"
)

// Extract a cabinet below a folder, which nothing in it can leave.
func Example() {
	extract := func(name, dir string) error {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return err
		}
		r, err := cab.NewReader(f, info.Size(), name)
		if err != nil {
			return err
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			return err
		}
		defer root.Close()
		for f, content := range r.Contents() {
			path, err := filepath.Localize(f.Path())
			if err != nil {
				return fmt.Errorf("%s: %w", f.Name, err)
			}
			if err := root.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				return err
			}
			if err := write(root, path, content); err != nil {
				return err
			}
		}
		return nil
	}
	if err := extract("driver.cab", "drivers"); err != nil {
		log.Print(err)
	}
}

func write(root *os.Root, path string, content io.Reader) error {
	out, err := root.Create(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, content)
	return errors.Join(err, out.Close())
}
