package main

import (
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"
)

// makePackage makes the cabinet of a Windows package: winpackage FILE NAME VERSION
// LANGUAGE RELEASE IDENTIFIER [CAPABILITY]. The capability is of version 1.0.
func makePackage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 6 && len(args) != 7 {
		ts.Fatalf("usage: winpackage FILE NAME VERSION LANGUAGE RELEASE IDENTIFIER [CAPABILITY]")
	}
	file := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(file), 0o777))
	ts.Check(os.WriteFile(file, []byte(packageFile(args[1], args[2], args[3], args[4], args[5], args[6:]...)), 0o666))
}
