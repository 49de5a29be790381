package offline

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/image"
)

// askRegistry fills in what is not known yet of the Windows in an image. What
// the registry does not say either stays empty; a hive that can't be read is a
// warning.
func askRegistry(info *image.Info, r image.Registry) {
	q := query{Registry: r}
	if info.Edition == "" || info.InstallationType == "" || info.ProductName == "" || info.Version == "" {
		q.software(info)
	}
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

func (q *query) software(info *image.Info) {
	const key = "HKLM/SOFTWARE/Microsoft/Windows NT/CurrentVersion"
	q.fill(&info.Edition, key, "EditionID")
	q.fill(&info.InstallationType, key, "InstallationType")
	q.fill(&info.ProductName, key, "ProductName")
	if info.Version != "" {
		return
	}
	major, hasMajor := q.number(key, "CurrentMajorVersionNumber")
	minor, _ := q.number(key, "CurrentMinorVersionNumber")
	version := fmt.Sprintf("%d.%d", major, minor)
	if !hasMajor { // before Windows 10
		version = q.text(key, "CurrentVersion")
	}
	build := q.text(key, "CurrentBuildNumber")
	if build == "" {
		build = q.text(key, "CurrentBuild")
	}
	revision, _ := q.number(key, "UBR")
	if version != "" && build != "" {
		info.Version = fmt.Sprintf("%s.%s.%d", version, build, revision)
	}
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

func (q *query) fill(field *string, key, name string) {
	if *field == "" {
		*field = q.text(key, name)
	}
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
	n, err := hive.Value{Name: name, Type: v.Type, Data: v.Data}.Uint32()
	return n, err == nil
}

// note keeps an error as a warning, each once.
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
