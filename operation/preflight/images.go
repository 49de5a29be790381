package preflight

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/gildhq/gild/formats/wim"
)

// images checks the images to make or to service.
type images struct {
	*Input
}

// none returns the verdict if no image is known.
func (i *images) none() []verdict {
	if len(i.Images) == 0 {
		return skip("there is no configuration here, so no image")
	}
	return nil
}

func (img Image) source(s Severity, found, remedy string) verdict {
	return verdict{severity: s, found: found, remedy: remedy, subject: img.Source, at: img.AtSource}
}

func (i *images) mountable() []verdict {
	out := i.none()
	for _, img := range i.Images {
		switch {
		case img.Target:
			out = append(out, i.serviceable(img))
		case img.Source == "":
			out = append(out, img.source(Skipped, img.Name+": "+img.Unknown, ""))
		default:
			out = append(out, i.sourceFile(img)...)
		}
	}
	return out
}

// serviceable checks a folder that is serviced in place.
func (i *images) serviceable(img Image) verdict {
	v, err := i.Machine.Volume(img.Source)
	switch {
	case !img.DISM:
		return img.source(Skipped, "the folder is changed without DISM", "")
	case err != nil:
		return img.source(Warning, "its file system can't be determined: "+err.Error(), "Make sure that the folder is on a local disk with NTFS.")
	case v.Remote:
		return img.source(Error, "the folder is on a network share ("+v.Type+")", "Mount or apply the image to a folder on a local disk, or set the image's backend to \"offline\".")
	case i.Machine.OS() == onWindows && v.Type != "NTFS":
		return img.source(Error, "the folder is on "+v.Type+", and DISM needs NTFS", "Mount or apply the image to a folder on a local disk with NTFS.")
	}
	return img.source(Info, "the folder can be serviced in place", "")
}

// sourceFile checks a WIM file. DISM never mounts the file itself: it mounts a working copy of
// one image, which is a single writable file on the disk of the checkpoints.
func (i *images) sourceFile(img Image) []verdict {
	parts, err := img.Parts, error(nil)
	if parts == 0 {
		parts, err = partsOf(img.Source)
	}
	switch {
	case errors.Is(err, wim.ErrUnsupported), errors.Is(err, wim.ErrNotWIM), errors.Is(err, wim.ErrCorrupt):
		return []verdict{img.source(Error, strings.TrimPrefix(err.Error(), img.Source+": "),
			"Convert it to a WIM file that can be mounted: dism /Export-Image /SourceImageFile:FILE /SourceIndex:N /DestinationImageFile:NEW.wim /Compress:max, or download the file again.")}
	case err != nil:
		return []verdict{img.source(Error, err.Error(), "Correct the path, or make sure that gild may read the file.")}
	}
	var notes []string
	if parts > 1 {
		notes = append(notes, fmt.Sprintf("it is split into %d files", parts))
	}
	if info, err := os.Stat(img.Source); err == nil && info.Mode()&0o222 == 0 {
		notes = append(notes, "it is read-only")
	}
	v, err := i.Machine.Volume(img.Source)
	if err == nil && v.Remote {
		return []verdict{img.source(Warning, "it is read over the network every time ("+v.Type+")",
			"Copy the file to this machine, and set source to the copy.")}
	}
	switch {
	case len(notes) == 0 && img.DISM:
		return []verdict{img.source(Info, "it can be mounted", "")}
	case len(notes) == 0:
		return []verdict{img.source(Info, "it can be read", "")}
	case img.DISM:
		return []verdict{img.source(Info, strings.Join(notes, ", ")+"; this does not matter, since DISM mounts a working copy", "")}
	}
	return []verdict{img.source(Info, strings.Join(notes, ", ")+"; without DISM nothing is mounted", "")}
}

// partsOf opens a WIM file to see whether it can be read, and returns how many files it consists
// of.
func partsOf(path string) (int, error) {
	f, err := wim.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return f.Header().Parts, nil
}

func (i *images) access() []verdict {
	out := i.none()
	seen := map[string]bool{}
	for _, img := range i.Images {
		for _, path := range []string{img.Source, img.Output} {
			if path == "" || seen[path] || img.Target {
				continue
			}
			seen[path] = true
			if v, there := i.accessTo(path); there {
				out = append(out, v)
			}
		}
		if img.Target {
			out = append(out, img.source(Skipped, "in a folder each file has its own rights", ""))
		}
	}
	return out
}

// accessTo says who may access a file, if it exists.
func (i *images) accessTo(path string) (verdict, bool) {
	v := verdict{subject: path, severity: Info}
	a, err := i.Machine.Access(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return v, false
	case err != nil:
		v.severity, v.found, v.remedy = Warning, "its access rights can't be read: "+err.Error(), "Make sure that only those who make images can write it."
	case len(a.Write) > 0:
		v.severity, v.found = Warning, "it can be written by "+strings.Join(a.Write, " and ")
		v.remedy = narrow(i.Machine.OS(), path, "go-w")
	case len(a.Read) > 0:
		v.found = "it can be read by " + strings.Join(a.Read, " and ") + "; leave that only if it contains no secrets"
	default:
		v.found = "only its owner and administrators can access it"
	}
	return v, true
}

func narrow(os, path, mode string) string {
	if os == onWindows {
		return fmt.Sprintf(`Remove the rights: icacls "%s" /inheritance:r /grant:r Administrators:F SYSTEM:F`, path)
	}
	return fmt.Sprintf("Remove the rights: chmod %s '%s'", mode, strings.ReplaceAll(path, "'", `'\''`))
}

func (i *images) concerns() []verdict {
	out := i.none()
	for _, img := range i.Images {
		switch {
		case img.Source == "":
			out = append(out, img.source(Skipped, img.Name+": "+img.Unknown, ""))
		case len(img.Concerns) == 0:
			out = append(out, img.source(Info, "nothing is pending, and the records of the component store fit its files", ""))
		}
		for _, c := range img.Concerns {
			found, remedy, _ := strings.Cut(c, ". ")
			out = append(out, img.source(Warning, strings.TrimSuffix(found, "."), remedy))
		}
	}
	return out
}

// oldAfter is the age from which updates count as old: Microsoft releases them each month, and
// advises to keep images up to date.
const oldAfter = 62 * 24 * time.Hour

func (i *images) updates() []verdict {
	out := i.none()
	for _, img := range i.Images {
		age := i.Now.Sub(img.Updated)
		how := "made"
		if img.UpdateInstalled {
			how = "installed"
		}
		found := fmt.Sprintf("the newest cumulative update, %s, was %s %d days ago", img.Update, how, int(age.Hours()/24))
		switch {
		case img.Updated.IsZero():
			why := "its age is unknown: " + img.Unknown
			if img.Source == "" {
				why = img.Name + ": " + img.Unknown
			}
			out = append(out, img.source(Skipped, why, ""))
		case age > oldAfter:
			out = append(out, img.source(Warning, found,
				"Add this month's cumulative update with a resource of the kind \"package\", or start from newer media."))
		default:
			out = append(out, img.source(Info, found, ""))
		}
	}
	return out
}
