package winpe

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	eol     = "\r\n"
	wpeinit = `%SYSTEMROOT%\System32\wpeinit.exe`
)

var (
	initLine = regexp.MustCompile(`(?i)^\s*@?\s*("?%systemroot%\\system32\\|x:\\windows\\system32\\)?wpeinit(\.exe)?"?(\s.*)?$`)
	pageLine = regexp.MustCompile(`(?i)^\s*@?\s*wpeutil(\.exe)?\s+createpagefile(\s.*)?$`)
	pagePart = regexp.MustCompile(`(?i)\s/(path|size)=(\S+)`)
)

func isInit(line string) bool        { return initLine.MatchString(line) }
func makesPageFile(line string) bool { return pageLine.MatchString(line) }

// line is the command that makes the page file ("Wpeutil Command-Line Options" in
// the documentation of Windows PE).
func (p pageFile) line() string {
	return fmt.Sprintf("wpeutil CreatePageFile /path=%s /size=%d", p.Path, p.Size)
}

// pageFileIn returns the page file that a command makes. What the command leaves
// out is what wpeutil has by itself.
func pageFileIn(line string) *pageFile {
	p := &pageFile{Path: `C:\pagefile.sys`, Size: 64}
	for _, m := range pagePart.FindAllStringSubmatch(line, -1) {
		if strings.EqualFold(m[1], "path") {
			p.Path = m[2]
		} else if n, err := strconv.Atoi(m[2]); err == nil {
			p.Size = n
		}
	}
	return p
}

// script is a startnet.cmd, taken apart.
type script struct {
	lines []string
	init  int // index of the line with wpeinit; -1: there is none
}

func parseScript(data string) script {
	s := script{init: -1}
	for l := range strings.Lines(data) {
		s.lines = append(s.lines, strings.TrimRight(l, "\r\n"))
	}
	s.init = slices.IndexFunc(s.lines, isInit)
	return s
}

// pageFile returns the page file that the script makes, or nil.
func (s script) pageFile() *pageFile {
	if i := slices.IndexFunc(s.lines, makesPageFile); i >= 0 {
		return pageFileIn(s.lines[i])
	}
	return nil
}

// commands are the lines that do something else, or nil if the script does not
// begin with wpeinit.
func (s script) commands() []string {
	if s.init != 0 {
		return nil
	}
	list := []string{}
	for _, l := range s.lines[1:] {
		if !makesPageFile(l) && strings.TrimSpace(l) != "" {
			list = append(list, l)
		}
	}
	return list
}

// with returns the text of the script with commands and page file as wanted; nil
// keeps what it has.
func (s script) with(commands []string, page *pageFile) string {
	lines, at := s.lines, s.init
	if commands != nil {
		if page == nil {
			page = s.pageFile()
		}
		lines, at = append([]string{"wpeinit"}, commands...), 0
	}
	if page != nil {
		kept := slices.Clone(lines[:at+1])
		kept = slices.DeleteFunc(kept, makesPageFile)
		rest := slices.DeleteFunc(slices.Clone(lines[at+1:]), makesPageFile)
		lines = slices.Concat(kept, []string{page.line()}, rest)
	}
	return strings.Join(lines, eol) + eol
}

// iniText is a winpeshl.ini that starts programs ("Winpeshl.ini Reference").
func iniText(programs []string) string {
	return strings.Join(slices.Concat([]string{"[LaunchApps]", wpeinit}, programs), eol) + eol
}

// programsIn returns the programs that a winpeshl.ini starts after wpeinit; nil
// if it does anything else.
func programsIn(data string) []string {
	var list []string
	for l := range strings.Lines(data) {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, ";") {
			list = append(list, l)
		}
	}
	if len(list) < 3 || !strings.EqualFold(list[0], "[LaunchApps]") || !strings.EqualFold(list[1], wpeinit) ||
		slices.ContainsFunc(list[2:], func(l string) bool { return strings.HasPrefix(l, "[") }) {
		return nil
	}
	return list[2:]
}
