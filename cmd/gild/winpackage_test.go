package main

import (
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"
)

// makePackage makes the cabinet of a Windows package: winpackage FILE NAME VERSION
// LANGUAGE RELEASE IDENTIFIER.
func makePackage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 6 {
		ts.Fatalf("usage: winpackage FILE NAME VERSION LANGUAGE RELEASE IDENTIFIER")
	}
	file := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(file), 0o777))
	ts.Check(os.WriteFile(file, []byte(packageFile(args[1], args[2], args[3], args[4], args[5])), 0o666))
}
