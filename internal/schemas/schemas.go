// Package schemas checks JSON against docs/schemas, with a validator that is not ours. It
// is for tests.
package schemas

import (
	"bytes"
	"fmt"
	"path/filepath"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Check validates a JSON value against the schema of that name in a folder.
func Check(dir, name string, data []byte) error {
	path := filepath.Join(dir, name+".schema.json")
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	schema, err := c.Compile(path)
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("no JSON: %w\n%s", err, data)
	}
	if err := schema.Validate(value); err != nil {
		return fmt.Errorf("not what %s says; if the JSON is right, change the schema and its version: %w\n%.2000s", path, err, data)
	}
	return nil
}

// CheckLines validates each line.
func CheckLines(dir, name string, data []byte) error {
	for line := range bytes.Lines(data) {
		if err := Check(dir, name, line); err != nil {
			return err
		}
	}
	return nil
}
