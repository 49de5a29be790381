package servicing

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/regread"
)

// pendingXML is the file with servicing's work for the next start.
const pendingXML = "Windows/WinSxS/pending.xml"

// Status is the status of servicing itself.
type Status struct {
	StackVersion  string   // of the newest servicing stack; empty: not known
	Pending       []string // signs of pending work: names of registry keys, values or files
	LastResetBase string   // when superseded packages were removed for good; unparsed
	Unserviceable bool     // Windows refuses all servicing of the image
}

// ReadStatus reads the status of servicing, and notes of what could not be read.
func ReadStatus(_ context.Context, s image.Session) (Status, []string, error) {
	r, err := regread.NewReader(s)
	if err != nil {
		return Status{}, nil, err
	}
	files, ok := image.As[image.Files](s)
	if !ok {
		return Status{}, nil, fmt.Errorf("the image gives no access to its %s", image.CanFiles)
	}
	k, _ := r.Key(base)
	_, unserviceable := r.Key(base + `\Unserviceable`)
	st := Status{
		StackVersion: stackVersion(r), LastResetBase: k.Text("LastResetBase_UTC"),
		Unserviceable: unserviceable || k.Has("Unserviceable"), Pending: pending(r),
	}
	switch _, err := files.Stat(pendingXML); {
	case err == nil:
		st.Pending = append(st.Pending, pendingXML)
	case !errors.Is(err, fs.ErrNotExist):
		r.Note("%s: %v", pendingXML, err)
	}
	return st, r.Notes(), nil
}

// stackVersion returns the newest version that the key Version has a value for.
func stackVersion(r *regread.Reader) string {
	k, _ := r.Key(base + `\Version`)
	newest := ""
	for _, v := range k.Values {
		if strings.Count(v.Name, ".") == 3 && (newest == "" || msu.CompareVersions(v.Name, newest) > 0) {
			newest = v.Name
		}
	}
	return newest
}

// pending lists the registry keys and values that show pending work.
func pending(r *regread.Reader) []string {
	var list []string
	for _, name := range []string{"PackagesPending", "SessionsPending"} {
		if n := len(r.Below(base + `\` + name)); n > 0 {
			list = append(list, fmt.Sprintf("%s (%d)", name, n))
		}
	}
	if k, _ := r.Key(base + `\SessionsPending`); slices.ContainsFunc(k.Values, isExclusive) {
		list = append(list, `SessionsPending\Exclusive`)
	}
	for _, name := range []string{"RebootPending", "RebootInProgress"} {
		if _, ok := r.Key(base + `\` + name); ok {
			list = append(list, name)
		}
	}
	if k, _ := r.Key(`HKLM\COMPONENTS`); k.Has("PendingXmlIdentifier") {
		list = append(list, `COMPONENTS\PendingXmlIdentifier`)
	}
	return list
}

// isExclusive reports whether a value of SessionsPending says that a session has
// exclusive use of the image.
func isExclusive(v image.Value) bool {
	return v.Name == "Exclusive" && slices.ContainsFunc(v.Data, func(b byte) bool { return b != 0 })
}
