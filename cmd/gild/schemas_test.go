package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gildhq/gild/internal/schemas"
	"github.com/gildhq/gild/internal/testenv"
)

// schemasVar tells a program of the tests where docs/schemas is.
const schemasVar = "GILD_TEST_SCHEMAS"

func schemaDir() string {
	if dir := os.Getenv(schemasVar); dir != "" {
		return dir
	}
	dir, err := filepath.Abs("../../docs/schemas")
	if err != nil {
		panic(err)
	}
	return dir
}

// conforming runs the program. What it prints as JSON has to be what docs/schemas says,
// in every test: otherwise the exit code is 99.
func conforming() int {
	sys := process()
	var printed bytes.Buffer
	isJSON := slices.ContainsFunc(os.Args, func(arg string) bool { return strings.TrimLeft(arg, "-") == "json" && arg != "json" })
	if isJSON {
		sys.streams.Out = io.MultiWriter(os.Stdout, &printed)
	}
	code := run(context.Background(), os.Args[1:], sys)
	if !isJSON || printed.Len() == 0 {
		return code
	}
	if err := conforms(printed.Bytes()); err != nil {
		fmt.Fprintln(os.Stderr, "docs/schemas:", err)
		return 99
	}
	return code
}

// conforms checks what a command has printed.
func conforms(out []byte) error {
	cmd, args, err := newRoot(newApp(system{getenv: os.Getenv})).Find(os.Args[1:])
	if err != nil {
		return err
	}
	if bytes.HasPrefix(out, []byte(`{"@`)) {
		return schemas.CheckLines(schemaDir(), "lines", out)
	}
	name := strings.ReplaceAll(strings.TrimPrefix(cmd.CommandPath(), "gild "), " ", "-")
	var object map[string]json.RawMessage
	_ = json.Unmarshal(out, &object)
	switch {
	case name == "output" && slices.ContainsFunc(args, func(arg string) bool { return !strings.HasPrefix(arg, "-") }):
		return nil // the value alone
	case name == "show" && object["applyable"] != nil:
		name = "plan"
	case name == "show" && object["outcome"] != nil:
		name = "report"
	case name == "show" && object["driver"] != nil:
		name = "show-first-boot"
	case name == "doctor" && object["machine"] != nil:
		name = "doctor-self-test"
	}
	return schemas.Check(schemaDir(), name, out)
}

// checkSchema checks files: conforms SCHEMA FILE ... Each line of a .jsonl file is a value.
func checkSchema(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: [!] conforms SCHEMA FILE ...")
	}
	for _, file := range args[1:] {
		check := schemas.Check
		if filepath.Ext(file) == ".jsonl" {
			check = schemas.CheckLines
		}
		switch err := check(schemaDir(), args[0], []byte(ts.ReadFile(file))); {
		case err != nil && !neg:
			ts.Fatalf("%s: %v", file, err)
		case err == nil && neg:
			ts.Fatalf("%s conforms to %s", file, args[0])
		}
	}
}

// TestSchemasOfOthers has another implementation of JSON Schema check the schemas
// themselves, and what gild prints.
func TestSchemasOfOthers(t *testing.T) {
	testenv.Tool(t, "jsonschema")
	dir := sixtySteps(t, baseImage(t))
	save := func(name string, args ...string) string {
		out, err := program(t.Context(), t, dir, args...).Output()
		if err != nil {
			t.Fatalf("gild %v: %v\n%s", args, err, out)
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, out, 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	save("lines", "plan", "-json", "-out=my.plan")
	plan := save("plan.json", "show", "-json", "my.plan")
	save("apply", "apply", "-json", "my.plan")
	report := save("report.json", "show", "-report", "-json")
	const check = `
import json, pathlib, sys
from jsonschema import Draft202012Validator
folder = pathlib.Path(sys.argv[1])
all = {p.name: json.loads(p.read_text(encoding="utf-8")) for p in folder.glob("*.schema.json")}
try:
    from referencing import Registry, Resource
    registry = Registry().with_resources((name, Resource.from_contents(s)) for name, s in all.items())
    validator = lambda schema: Draft202012Validator(schema, registry=registry)
except ImportError: # older ones
    from jsonschema import RefResolver
    validator = lambda schema: Draft202012Validator(schema, resolver=RefResolver.from_schema(schema, store=all))
for schema in all.values():
    Draft202012Validator.check_schema(schema)
for arg in sys.argv[2:]:
    name, file = arg.split("=", 1)
    text = pathlib.Path(file).read_text(encoding="utf-8")
    check = validator(all[name + ".schema.json"])
    for value in [json.loads(line) for line in text.splitlines()] if name == "lines" else [json.loads(text)]:
        check.validate(value)
    if name == "plan":
        value["images"][0]["unheard_of"] = 1
        assert list(check.iter_errors(value)), "takes anything"
print(len(all))
`
	out := testenv.Run(t, "python3", "-W", "ignore", "-c", check, schemaDir(), "plan="+plan, "report="+report,
		"lines="+filepath.Join(dir, "lines"), "lines="+filepath.Join(dir, "apply"))
	t.Logf("%s schemas", strings.TrimSpace(out))
}
