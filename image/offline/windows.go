package offline

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/image"
)

// askRegistry completes the information about Windows in an image. The registry decides
// on version and edition: the description in the file was written when the image was
// captured or serviced, and not all programs update it. A difference is a warning, and
// so is an unreadable hive. Properties in neither stay empty.
func askRegistry(info *image.Info, r image.Registry) {
	q := query{Registry: r}
	q.software(info)
	if info.Arch == "" || len(info.Languages) == 0 {
		q.system(info)
	}
	if info.DefaultLanguage == "" && len(info.Languages) == 1 {
		info.DefaultLanguage = info.Languages[0]
	}
	info.Warnings = append(info.Warnings, q.warnings...)
}

type query struct {
	image.Registry
	warnings []string
}

const currentVersion = "HKLM/SOFTWARE/Microsoft/Windows NT/CurrentVersion"

func (q *query) software(info *image.Info) {
	q.decide(&info.Version, q.version(), "version", shipped)
	q.decide(&info.Edition, q.text(currentVersion, "EditionID"), "edition", strings.EqualFold)
	q.decide(&info.InstallationType, q.text(currentVersion, "InstallationType"), "type of installation", strings.EqualFold)
	if info.ProductName == "" {
		info.ProductName = q.text(currentVersion, "ProductName")
	}
}

// decide takes the registry's value, if there is one, and warns if the description
// differs.
func (q *query) decide(field *string, found, what string, same func(a, b string) bool) {
	if found == "" {
		return
	}
	if *field != "" && !same(*field, found) {
		q.warnings = append(q.warnings, fmt.Sprintf(
			"the %s is %s by the registry of the image, which counts, and %s by its description in the file, which other programs show", what, found, *field))
	}
	*field = found
}

// shipped reports whether two versions are the same release. Some builds are another
// build with an enablement package, such as 19045 on 19041: then the description names
// the build of the files, and both have the same revision.
func shipped(described, found string) bool {
	d, f := strings.Split(described, "."), strings.Split(found, ".")
	return len(d) == 4 && len(f) == 4 && d[0] == f[0] && d[1] == f[1] && d[3] == f[3]
}

// version returns major.minor.build.revision; empty if the registry does not have it.
func (q *query) version() string {
	major, hasMajor := q.number(currentVersion, "CurrentMajorVersionNumber")
	minor, _ := q.number(currentVersion, "CurrentMinorVersionNumber")
	version := fmt.Sprintf("%d.%d", major, minor)
	if !hasMajor { // before Windows 10
		version = q.text(currentVersion, "CurrentVersion")
	}
	build := q.text(currentVersion, "CurrentBuildNumber")
	if build == "" {
		build = q.text(currentVersion, "CurrentBuild")
	}
	revision, _ := q.number(currentVersion, "UBR")
	if version == "" || build == "" {
		return ""
	}
	return fmt.Sprintf("%s.%s.%d", version, build, revision)
}

func (q *query) system(info *image.Info) {
	const control = "HKLM/SYSTEM/CurrentControlSet/Control"
	if info.Arch == "" {
		info.Arch = strings.ToLower(q.text(control+"/Session Manager/Environment", "PROCESSOR_ARCHITECTURE"))
	}
	if len(info.Languages) > 0 {
		return
	}
	names, err := q.Subkeys(control + "/MUI/UILanguages")
	q.note(err)
	info.Languages = names
}

func (q *query) text(key, name string) string {
	v, err := q.Value(key, name)
	q.note(err)
	if err != nil || v.Type != hive.RegSZ && v.Type != hive.RegExpandSZ {
		return ""
	}
	return hive.DecodeString(v.Data)
}

func (q *query) number(key, name string) (uint32, bool) {
	v, err := q.Value(key, name)
	q.note(err)
	if err != nil {
		return 0, false
	}
	n, err := v.Uint32()
	return n, err == nil
}

// note adds an error as a warning, each once.
func (q *query) note(err error) {
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return
	}
	for _, w := range q.warnings {
		if w == err.Error() {
			return
		}
	}
	q.warnings = append(q.warnings, err.Error())
}
