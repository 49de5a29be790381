package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gildhq/gild/internal/sample"
)

// exits runs a program and compares its exit code: exits CODE PROGRAM [ARG …].
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARG ...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// makeSample makes a WIM file that looks like Windows: sample FILE [IMAGES [FILES]].
// One with more files has another content.
func makeSample(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 || len(args) > 3 {
		ts.Fatalf("usage: sample FILE [IMAGES [FILES]]")
	}
	var numbers [2]int
	for i, arg := range args[1:] {
		n, err := strconv.Atoi(arg)
		ts.Check(err)
		numbers[i] = n
	}
	path := ts.MkAbs(args[0])
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		ts.Check(err)
	}
	ts.Check(sample.Write(context.Background(), path, sample.Options{Images: numbers[0], Files: numbers[1], FileSize: 500}))
}

// crlf gives files the line ends and the byte order mark that editors on Windows
// leave: crlf FILE ...
func crlf(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: crlf FILE ...")
	}
	for _, name := range args {
		text := bytes.ReplaceAll([]byte(ts.ReadFile(name)), []byte("\n"), []byte("\r\n"))
		ts.Check(os.WriteFile(ts.MkAbs(name), append([]byte("\xef\xbb\xbf"), text...), 0o666))
	}
}

// replace replaces a text in a file: replace FILE OLD NEW.
func replace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: replace FILE OLD NEW")
	}
	before := ts.ReadFile(args[0])
	after := strings.ReplaceAll(before, args[1], args[2])
	if before == after {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(after), 0o666))
}

// redigest gives a plan file the digest that goes with its content: redigest FILE.
func redigest(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: redigest FILE")
	}
	var file map[string]json.RawMessage
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &file))
	data, err := digested(file, file["plan"])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o600))
}

// digested is a plan file with another plan and its digest.
func digested(file map[string]json.RawMessage, plan []byte) ([]byte, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, plan); err != nil {
		return nil, err
	}
	changed := maps.Clone(file)
	changed["plan"] = compact.Bytes()
	changed["digest"] = fmt.Appendf(nil, `"%x"`, sha256.Sum256(compact.Bytes()))
	return json.Marshal(changed)
}

// lacks fails if a text is in one of the files, or in one below a folder, in
// UTF-8 or UTF-16: lacks TEXT FILE|FOLDER ... With ! it fails if the text is in
// none of them.
func lacks(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: [!] lacks TEXT FILE|FOLDER ...")
	}
	var wide []byte
	for _, u := range utf16.Encode([]rune(args[0])) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	holds := func(data []byte) bool { return bytes.Contains(data, []byte(args[0])) || bytes.Contains(data, wide) }
	var found []string
	for _, name := range args[1:] {
		if name == "stdout" || name == "stderr" {
			if holds([]byte(ts.ReadFile(name))) {
				found = append(found, name)
			}
			continue
		}
		ts.Check(filepath.WalkDir(ts.MkAbs(name), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			if holds(data) {
				found = append(found, path)
			}
			return err
		}))
	}
	if (len(found) > 0) != neg {
		ts.Fatalf("files that hold %q: %q", args[0], found)
	}
}

// jsonLines checks that the last standard output is JSON lines, and writes them
// to a file without what differs from run to run: jsonlines FILE.
func jsonLines(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: jsonlines FILE")
	}
	var out bytes.Buffer
	for i, text := range strings.Split(strings.TrimSuffix(ts.ReadFile("stdout"), "\n"), "\n") {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			ts.Fatalf("line %d is no JSON object: %v\n%s", i+1, err, text)
		}
		for _, field := range []string{"@level", "@message", "@module", "@timestamp", "type"} {
			if s, _ := line[field].(string); s == "" {
				ts.Fatalf("line %d has no %s: %s", i+1, field, text)
			}
		}
		if (line["type"] == "version") != (i == 0) {
			ts.Fatalf("line %d has type %v; the first line, and no other, tells the version", i+1, line["type"])
		}
		normalize(line)
		e := json.NewEncoder(&out)
		e.SetEscapeHTML(false)
		ts.Check(e.Encode(line))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), out.Bytes(), 0o666))
}

// normalize replaces what differs from run to run and from sample to sample.
func normalize(v any) {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "@timestamp")
		delete(v, "elapsed_seconds")
		for _, name := range []string{"fingerprint", "plan", "id", "start", "head", "bytes", "report"} {
			if _, ok := v[name]; ok {
				v[name] = "…"
			}
		}
		if message, _ := v["@message"].(string); strings.HasPrefix(message, "apply ended after") {
			v["@message"] = "apply ended after …"
		}
		if strings.HasPrefix(text(v["type"]), "export_") {
			delete(v, "done")
			delete(v, "total")
		}
		for _, e := range v {
			normalize(e)
		}
	case []any:
		for _, e := range v {
			normalize(e)
		}
	}
}

func text(v any) string { s, _ := v.(string); return s }
