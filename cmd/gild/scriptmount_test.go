package main

import (
	"os/exec"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// wimMount has wimlib mount an image of a WIM file: wimmount mountrw FILE INDEX FOLDER. What
// stays in the background must not keep the pipe of the test open.
func wimMount(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: wimmount mount|mountrw FILE INDEX FOLDER")
	}
	dir := ts.MkAbs(args[3])
	var out []byte
	var err error
	for range 20 { // FUSE may not be done yet with what was unmounted there right before
		if out, err = exec.Command("wimlib-imagex", args[0], ts.MkAbs(args[1]), args[2], dir).CombinedOutput(); err == nil {
			break
		}
		time.Sleep(250 * time.Millisecond)
	}
	if err != nil {
		ts.Fatalf("%s: %v", out, err)
	}
	ts.Defer(func() { _ = exec.Command("fusermount", "-u", dir).Run() }) // of a test that failed
}

// wimUnmount ends that: wimunmount FOLDER [--commit].
func wimUnmount(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: wimunmount FOLDER [--commit]")
	}
	out, err := exec.Command("wimlib-imagex", append([]string{"unmount", ts.MkAbs(args[0])}, args[1:]...)...).CombinedOutput()
	if err != nil {
		ts.Fatalf("%s: %v", out, err)
	}
}
