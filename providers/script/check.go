package script

import (
	"bytes"
	"context"
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/payload"
)

// check refuses invalid scripts and brings valid ones into canonical form.
func check(r *resource, absent bool) error {
	// Each part of an action is checked separately, so that the error names the attribute.
	probe := image.Action{ID: r.Name, Interpreter: image.Cmd}
	errs := []error{faultOf("name", "Invalid name of a script", probe)}
	if bootjob.IsJobID(r.Name) {
		errs[0] = providers.Problemf("name", "Invalid name of a script", "%q begins with \"online.\", as the names of what gild itself queues do. Choose another name.", r.Name)
	}
	if absent {
		return errs[0]
	}
	r.fill()
	probe.ID, probe.Order = "x", *r.Order
	errs = append(errs, faultOf("order", "Invalid order", probe))
	probe.Order, probe.Limit = 0, *r.Limit
	errs = append(errs, faultOf("limit_minutes", "Invalid limit", probe))
	if probe.Limit = 0; r.Title != nil {
		probe.Title = *r.Title
		errs = append(errs, faultOf("title", "Invalid title", probe))
	}
	errs = append(errs, r.checkEnvironment(), r.checkCodes(), r.checkWhat())
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if r.Source == nil {
		sum := digest(r.text())
		r.Digest = &sum
	}
	return nil
}

// fill sets the defaults of attributes that the author set to null.
func (r *resource) fill() {
	order, restart, onError, limit := 500, false, "stop", 240
	if r.Limit == nil {
		r.Limit = &limit
	}
	if r.Order == nil {
		r.Order = &order
	}
	if r.Restart == nil {
		r.Restart = &restart
	}
	if r.OnError == nil {
		r.OnError = &onError
	}
	if r.OKExitCodes == nil {
		r.OKExitCodes = []int{0}
	}
}

func faultOf(attr, summary string, a image.Action) error {
	if err := a.Check(); err != nil {
		_, text, _ := strings.Cut(err.Error(), ": ")
		return providers.Problemf(attr, summary, "Of this script: %s.", text)
	}
	return nil
}

func (r *resource) checkEnvironment() error {
	r.Variables = names(r.Environment)
	for i, name := range r.Variables {
		if err := image.CheckVariable(name, r.Environment[name]); err != nil {
			return providers.Problemf("environment", "Invalid variable", "It can't be set: %v.", err)
		}
		if slices.ContainsFunc(r.Variables[:i], func(other string) bool { return strings.EqualFold(name, other) }) {
			return providers.Problemf("environment", "Invalid variable", "%q is there twice; upper and lower case do not matter.", name)
		}
	}
	return nil
}

func (r *resource) checkCodes() error {
	slices.Sort(r.OKExitCodes)
	if len(r.OKExitCodes) == 0 {
		return providers.Problemf("ok_exit_codes", "No exit code of success", "With an empty list the script could only fail. Leave it out for 0.")
	}
	return faultOf("ok_exit_codes", "Invalid exit code", image.Action{ID: "x", Interpreter: image.Cmd, OKExitCodes: r.OKExitCodes})
}

// checkWhat requires exactly one of command, powershell and source.
func (r *resource) checkWhat() error {
	var given []string
	for _, a := range []struct {
		name string
		is   bool
	}{{"command", r.Command != nil}, {"powershell", r.PowerShell != nil}, {"source", r.Source != nil}} {
		if a.is {
			given = append(given, a.name)
		}
	}
	switch {
	case len(given) == 0:
		return providers.Problemf("", "Nothing to run", "One of command, powershell and source must say what is to be run.")
	case len(given) > 1:
		return providers.Problemf(given[1], "Contradicting arguments", "Only one of command, powershell and source can say what is to be run; here are %s.", strings.Join(given, " and "))
	}
	switch given[0] {
	case "command":
		return r.checkCommand()
	case "powershell":
		return r.checkPowerShell()
	}
	return r.checkSource()
}

func (r *resource) checkCommand() error {
	const summary = "Invalid command"
	r.runBy(image.Cmd)
	if len(r.Command) == 0 {
		return providers.Problemf("command", "Nothing to run", "The list is empty.")
	}
	for i, c := range r.Command {
		switch {
		case strings.TrimSpace(c) == "":
			return providers.Problemf("command", summary, "Command %d is empty.", i+1)
		case strings.ContainsAny(c, "\r\n\x00"):
			return providers.Problemf("command", summary, "Command %d holds a line break. Make it several commands, or a file that source names.", i+1)
		case strings.HasSuffix(c, "^"):
			return providers.Problemf("command", summary, "Command %d ends in ^, which would join it with the next line.", i+1)
		case len(c) > 8000:
			return providers.Problemf("command", summary, "Command %d has %d bytes, and cmd.exe takes about 8000.", i+1, len(c))
		}
	}
	return nil
}

func (r *resource) checkPowerShell() error {
	r.runBy(image.PowerShell)
	s := strings.TrimRight(strings.ReplaceAll(strings.TrimPrefix(*r.PowerShell, byteOrderMark), "\r\n", "\n"), "\n")
	if strings.TrimSpace(s) == "" {
		return providers.Problemf("powershell", "Nothing to run", "The script is empty.")
	}
	r.PowerShell = &s
	return nil
}

func (r *resource) checkSource() error {
	switch strings.ToLower(path.Ext(address.Name(*r.Source))) {
	case ".cmd", ".bat":
		r.runBy(image.Cmd)
	case ".ps1":
		r.runBy(image.PowerShell)
	default:
		return providers.Problemf("source", "Unknown kind of script", "%q must end in .cmd, .bat or .ps1: by that it is known what runs it. Other programs are started by a command.", *r.Source)
	}
	return nil
}

func (r *resource) runBy(i image.Interpreter) {
	s := string(i)
	r.Interpreter = &s
}

// maxScript is the maximum size of a script.
const maxScript = 16 << 20

// resolve reads the source.
func resolve(ctx context.Context, host providers.Host, r *resource) error {
	if r.Source == nil {
		return nil
	}
	info, err := payload.Stat(host, "source", *r.Source)
	if err != nil {
		return err
	}
	if info.Size() > maxScript {
		return providers.Problemf("source", "Invalid source", "%s has %d bytes, too many for a script.", *r.Source, info.Size())
	}
	if *r.Interpreter == string(image.Cmd) {
		if err := checkEncoding(host.Path(*r.Source), *r.Source); err != nil {
			return err
		}
	}
	d, err := host.Digest(ctx, *r.Source)
	r.Digest = &d.SHA256
	return err
}

// checkEncoding refuses batch files that cmd.exe can't read.
func checkEncoding(file, name string) error {
	data, err := regular.Read(file, maxScript)
	if err != nil {
		return err
	}
	if image.IsUTF16(data) {
		return providers.Problemf("source", "Invalid source", "%s is in UTF-16, which cmd.exe can't run. Save it in ASCII, or in the code page of the image's language.", name)
	}
	if bytes.HasPrefix(data, []byte(byteOrderMark)) {
		return providers.Problemf("source", "Invalid source", "%s begins with a byte order mark, which cmd.exe takes for a part of the first command. Save it without one: in ASCII, or in the code page of the image's language.", name)
	}
	return nil
}
