// Package sfc emulates sfc.exe: it reports whether the files of an image that Windows
// protects are whole, as far as the image's records tell, and changes nothing.
//
//	sfc /verifyonly /offbootdir:D:\ /offwindir:D:\Windows
package sfc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism/dismemu/cbs"
	"github.com/gildhq/gild/image/dism/dismemu/driverdb"
	"github.com/gildhq/gild/image/offline"
)

const (
	whole   = "Windows Resource Protection did not find any integrity violations."
	damaged = "Windows Resource Protection found integrity violations. For online repairs, details are included in the CBS log file located at windir\\Logs\\CBS\\CBS.log. For example C:\\Windows\\Logs\\CBS\\CBS.log. For offline repairs, details are included in the log file provided by the /OFFLOGFILE flag."
	refused = "Windows Resource Protection could not perform the requested operation."
)

// Run verifies an image and returns the exit code: 0 also where something is wrong
// with it, as only the verdict tells.
func Run(ctx context.Context, args []string, out io.Writer) uint32 {
	say := func(s string) { fmt.Fprintf(out, "\r\n%s\r\n", s) }
	options, err := parse(args)
	if err != nil {
		say(err.Error())
		return 1
	}
	say("Beginning system scan.  This process will take some time.")
	found, err := check(ctx, options)
	if err != nil {
		say(refused)
		return 1
	}
	say("Beginning verification phase of system scan.\r\nVerification 100% complete.")
	if err := writeLog(options["offlogfile"], found); err != nil {
		say(refused)
		return 1
	}
	if len(found) > 0 {
		say(damaged)
		return 0
	}
	say(whole)
	return 0
}

// parse takes the options apart; a colon or an equals sign stands before the value.
func parse(args []string) (map[string]string, error) {
	options := map[string]string{}
	for _, a := range args {
		text, ok := strings.CutPrefix(a, "/")
		name, value := text, ""
		if i := strings.IndexAny(text, ":="); i >= 0 {
			name, value = text[:i], strings.Trim(text[i+1:], `"`)
		}
		switch name = strings.ToLower(name); {
		case !ok, name != "verifyonly" && name != "offbootdir" && name != "offwindir" && name != "offlogfile":
			return nil, fmt.Errorf("sfc: %s is no option that is emulated: /VERIFYONLY /OFFBOOTDIR=DIR /OFFWINDIR=DIR [/OFFLOGFILE=FILE]", a)
		}
		options[name] = value
	}
	if _, ok := options["verifyonly"]; !ok || options["offbootdir"] == "" || options["offwindir"] == "" {
		return nil, errors.New("sfc: /VERIFYONLY, /OFFBOOTDIR and /OFFWINDIR are needed: the emulation has no running Windows")
	}
	return options, nil
}

// check returns what is wrong with the image that the folder of Windows is in.
func check(ctx context.Context, options map[string]string) ([]cbs.Damage, error) {
	for _, name := range []string{"offbootdir", "offwindir"} {
		if st, err := os.Stat(options[name]); err != nil || !st.IsDir() {
			return nil, errors.Join(err, fmt.Errorf("%s is no folder", options[name]))
		}
	}
	s, err := offline.Backend{}.Open(ctx, image.Ref{Path: filepath.Dir(filepath.Clean(options["offwindir"]))}, image.OpenOptions{})
	if err != nil {
		return nil, err
	}
	var records cbs.Image
	records.Files, _ = image.As[image.Files](s)
	records.Registry, _ = image.As[image.Registry](s)
	found, err := records.Damage()
	if err == nil {
		var drivers []cbs.Damage
		drivers, err = damagedDrivers(records)
		found = append(found, drivers...)
	}
	return found, errors.Join(err, s.Close())
}

// damagedDrivers looks for the INF files of the packages in the driver store.
func damagedDrivers(i cbs.Image) ([]cbs.Damage, error) {
	list, err := driverdb.List(i.Files, i.Registry)
	var found []cbs.Damage
	for _, d := range list {
		name := d.Folder + "/" + d.OriginalName
		if info, err := i.Files.Stat(name); err != nil || info.Size() == 0 {
			found = append(found, cbs.Damage{Thing: name, Detail: "is missing or empty"})
		}
	}
	return found, err
}

// writeLog writes what was found, if a log was asked for.
func writeLog(name string, found []cbs.Damage) error {
	if name == "" {
		return nil
	}
	var b strings.Builder
	for _, f := range found {
		fmt.Fprintf(&b, "[SR] Cannot verify %s: it %s\r\n", f.Thing, f.Detail)
	}
	return os.WriteFile(name, []byte(b.String()), 0o666)
}
