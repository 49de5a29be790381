package winpe

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// scratchSpaces are those DISM's /Set-ScratchSpace takes.
func scratchSpaces() []int { return []int{32, 64, 128, 256, 512} }

var (
	// targetPath is what DISM's /Set-TargetPath takes: a drive from C to Z and an
	// absolute path in ASCII without blanks and quotation marks.
	targetPath = regexp.MustCompile(`^[C-Zc-z]:\\[!#-~]{0,29}$`)
	pagePath   = regexp.MustCompile(`^[A-Za-z]:\\[^\\/:*?"<>|%^&\x00-\x20]+(\\[^\\/:*?"<>|%^&\x00-\x20]+)*$`)
)

// check refuses what can't be settings of Windows PE.
func check(s *settings, absent bool) error {
	if absent {
		return providers.Problemf("", "Settings can't be absent", "Windows PE always has them. Leave the resource out to keep them as they are.")
	}
	var errs []error
	if s.ScratchSpace != nil && !slices.Contains(scratchSpaces(), *s.ScratchSpace) {
		errs = append(errs, providers.Problemf("scratch_space", "Invalid scratch space", "%d MB is not one of 32, 64, 128, 256 and 512.", *s.ScratchSpace))
	}
	if s.TargetPath != nil && (!targetPath.MatchString(*s.TargetPath) || strings.ContainsAny(*s.TargetPath, `/*?<>|`) || strings.Contains(*s.TargetPath, `\\`)) {
		errs = append(errs, providers.Problemf("target_path", "Invalid target path",
			`%q is not an absolute path of 3 to 32 characters such as "X:\", on a drive from C to Z, without blanks, quotation marks and wildcards.`, *s.TargetPath))
	}
	errs = append(errs, checkPageFile(s.PageFile), checkStartnet(s.Startnet), checkShell(s.Shell))
	if len(s.Shell) > 0 && (s.Startnet != nil || s.PageFile != nil) {
		errs = append(errs, providers.Problemf("shell", "Contradicting arguments",
			"With a winpeshl.ini Windows PE does not run startnet.cmd, which startnet and page_file are about. Put what is to be done into a program of shell, or leave shell out."))
	}
	if s.ScratchSpace == nil && s.TargetPath == nil && s.PageFile == nil && s.Startnet == nil && s.Shell == nil {
		errs = append(errs, providers.Problemf("", "Nothing to set", "Set one of the arguments, such as scratch_space."))
	}
	return errors.Join(errs...)
}

func checkPageFile(p *pageFile) error {
	switch {
	case p == nil:
		return nil
	case !pagePath.MatchString(p.Path):
		return providers.Problemf("page_file", "Invalid page file", `%q is no absolute path of a file such as "C:\pagefile.sys", without blanks and characters that cmd.exe reads in its own way.`, p.Path)
	case strings.EqualFold(p.Path[:1], "X"):
		return providers.Problemf("page_file", "Invalid page file", "X: is the drive of Windows PE itself, which is in memory; a page file must be on a disk.")
	case p.Size < 1 || p.Size > 1<<24:
		return providers.Problemf("page_file", "Invalid page file", "A page file of %d MB can't be made.", p.Size)
	}
	return nil
}

func checkStartnet(commands []string) error {
	var errs []error
	wrong := func(i int, detail string) {
		errs = append(errs, providers.Problemf("startnet", "Invalid command", "Command %d %s.", i+1, detail))
	}
	for i, c := range commands {
		switch {
		case strings.TrimSpace(c) == "":
			wrong(i, "is empty")
		case strings.ContainsFunc(c, func(r rune) bool { return unicode.IsControl(r) && r != '\t' }):
			wrong(i, "holds a line break or another control character; make it several commands")
		case strings.ContainsFunc(c, func(r rune) bool { return r >= utf8.RuneSelf }):
			wrong(i, "has characters other than ASCII, which cmd.exe reads in its code page; name files without them, or start a script that sets the code page")
		case strings.HasSuffix(c, "^"):
			wrong(i, "ends in ^, which would join it with the next line")
		case isInit(c):
			wrong(i, "is wpeinit, which always comes first; leave it out")
		case makesPageFile(c):
			wrong(i, "makes a page file; set page_file")
		case len(c) > 8000:
			wrong(i, "is longer than the 8000 characters that cmd.exe takes")
		}
	}
	return errors.Join(errs...)
}

func checkShell(programs []string) error {
	var errs []error
	wrong := func(i int, detail string) {
		errs = append(errs, providers.Problemf("shell", "Invalid program", "Program %d %s.", i+1, detail))
	}
	for i, p := range programs {
		path, _, _ := strings.Cut(p, ",")
		switch {
		case strings.TrimSpace(path) == "":
			wrong(i, "is empty")
		case strings.ContainsFunc(p, func(r rune) bool { return unicode.IsControl(r) || r >= utf8.RuneSelf }):
			wrong(i, "has control characters or characters other than ASCII")
		case strings.HasPrefix(strings.TrimSpace(p), "[") || strings.HasPrefix(strings.TrimSpace(p), ";"):
			wrong(i, "begins with a character that means something else in an INI file")
		case len(p) > 250:
			wrong(i, "is longer than the 250 characters that Windows PE takes")
		case strings.EqualFold(strings.TrimSpace(p), wpeinit):
			wrong(i, "is wpeinit, which always comes first; leave it out")
		}
	}
	return errors.Join(errs...)
}

// isPE reports whether an image is one of Windows PE.
func isPE(reg image.Registry, of string) bool {
	if of == "" {
		of, _ = providers.Text(reg, version, "InstallationType")
	}
	return of == "WindowsPE"
}
