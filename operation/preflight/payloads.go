package preflight

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/ground/volume"
)

// payloads checks where payloads are.
type payloads struct {
	*Input
}

// atRoot reports whether a file or folder is the root of a volume or directly below it, wherever
// the volume is mounted.
func (ps *payloads) atRoot(path string) bool {
	v, err := ps.Machine.Volume(path)
	if err != nil || v.Root == "" || ps.Machine.OS() != onWindows {
		return false
	}
	form := func(p string) string {
		return strings.ToUpper(strings.TrimRight(strings.ReplaceAll(p, "/", `\`), `\`))
	}
	root, is := form(v.Root), form(path)
	return is == root || is[:max(strings.LastIndexByte(is, '\\'), 0)] == root
}

func (ps *payloads) noPayloads() []verdict {
	if len(ps.Payloads) == 0 {
		return skip("no resource names a payload")
	}
	return nil
}

func (p Payload) verdict(s Severity, found, remedy string) verdict {
	v := verdict{severity: s, found: found, remedy: remedy, subject: p.Path, at: p.At}
	if p.Hidden {
		v.subject, v.at = p.Address, nil
	}
	return v
}

func (ps *payloads) payloadPlace() []verdict {
	out, packages := ps.noPayloads(), 0
	for _, p := range ps.Payloads {
		if !p.Package {
			continue
		}
		packages++
		err := msu.CheckPlace(p.Path)
		if err == nil && ps.atRoot(p.Path) {
			err = errors.New("is at the root of a volume that is mounted in a folder")
		}
		if err != nil {
			found := strings.TrimPrefix(err.Error(), p.Path+" ")
			if p.Hidden {
				found = "it is at the root of a partition, or in a folder that is synchronised with a cloud"
			}
			out = append(out, p.verdict(Error, found, "Copy it to a folder on a local disk, and name that folder in "+p.Address+"."))
		}
	}
	switch {
	case out != nil:
		return out
	case packages == 0:
		return skip("no resource names a package")
	}
	return one(Info, fmt.Sprintf("%d packages are in suitable folders", packages), "")
}

// payloadNetwork checks payloads on shares, which gild copies before it uses them.
func (ps *payloads) payloadNetwork() []verdict {
	out := ps.noPayloads()
	shares := 0
	for _, p := range ps.Payloads {
		v, err := ps.Machine.Volume(p.Path)
		remote := err == nil && v.Remote || ps.Machine.OS() == onWindows && volume.UNC(p.Path)
		if !remote {
			continue
		}
		shares++
		out = append(out, p.verdict(Info, "it is on a network share; gild uses a verified copy in "+ps.Cache+"", ""))
	}
	if out == nil {
		return one(Info, "all are on this machine", "")
	}
	if v, err := ps.Machine.Volume(ps.Cache); shares > 0 && err == nil && v.Remote {
		out = append(out, verdict{severity: Warning, subject: ps.Cache, found: "the folder for copies is itself on a network share (" + v.Type + ")",
			remedy: "Set GILD_CACHE_DIR to a folder on a local disk."})
	}
	return out
}
