package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/image/dism/dismemu"
)

// update writes what is there as what is wanted: golden files and reference.
var update = flag.Bool("update", false, "rewrite golden files and the reference")

// noSleep lets a program with the race detector end without waiting for a second.
const noSleep = "atexit_sleep_ms=0"

func TestMain(m *testing.M) {
	emulated := func() *dismemu.Machine {
		return &dismemu.Machine{State: os.Getenv("GILD_DISMEMU_STATE"), Fault: os.Getenv("GILD_DISMEMU_FAULT")}
	}
	programs := map[string]func(){
		"gild": func() { os.Exit(conforming()) },
		"dism": func() { os.Exit(int(int32(emulated().Run(context.Background(), os.Args[1:], os.Stdout)))) },
		"reg":  func() { os.Exit(emulated().Reg(os.Args[1:], os.Stdout)) },
	}
	if err := os.Setenv(schemasVar, schemaDir()); err != nil {
		panic(err)
	}
	maps.Copy(programs, tracing())
	// Tests say themselves whether gild runs in CI, which decides on what has to be locked.
	if programs[filepath.Base(os.Args[0])] == nil {
		if err := os.Unsetenv("CI"); err != nil {
			panic(err)
		}
	}
	testscript.Main(m, programs)
}

// withoutDISM is the environment of a test that is to find no DISM, whatever the
// machine has.
func withoutDISM(name string) string {
	if name == "GILD_DISM" {
		return dism.None
	}
	return ""
}

// TestScript runs the scripts of testdata/script against the program.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"conforms":   checkSchema,
			"crlf":       crlf,
			"exits":      exits,
			"jsonlines":  jsonLines,
			"lacks":      lacks,
			"replace":    replace,
			"redigest":   redigest,
			"sample":     makeSample,
			"serve":      serve,
			"sha256":     sha256Of,
			"wimmount":   wimMount,
			"wimunmount": wimUnmount,
			"winpackage": makePackage,
			"zip":        zipped,
		},
		Condition: func(cond string) (bool, error) {
			if cond != "mounts" {
				return false, fmt.Errorf("unknown condition %q", cond)
			}
			f, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
			if err == nil {
				f.Close()
			}
			return err == nil, nil
		},
		Setup: func(env *testscript.Env) error {
			for _, name := range []string{"NO_COLOR", "GILD_LOG", "GILD_LOG_PATH", "GILD_DATA_DIR", "SOURCE_DATE_EPOCH", "GITHUB_ACTIONS", "TF_BUILD", "GILD_CODE_QUALITY"} {
				env.Setenv(name, "")
			}
			env.Setenv(schemasVar, schemaDir())
			env.Setenv("TERM", "xterm")
			env.Setenv("GILD_DISM", withoutDISM("GILD_DISM"))
			programs, _, _ := strings.Cut(env.Getenv("PATH"), string(os.PathListSeparator))
			emulated := filepath.Join(programs, "dism")
			if runtime.GOOS == "windows" {
				emulated += ".exe"
			}
			env.Setenv("EMULATED_DISM", emulated)
			env.Setenv("GILD_DISMEMU_STATE", filepath.Join(env.WorkDir, "dism state"))
			env.Setenv("GORACE", noSleep)
			return nil
		},
	})
}
