package dismemu_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/transcript"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/offline"
	"github.com/gildhq/gild/internal/testenv"
)

// capture is how the state that a captured output shows is made, and the command.
type capture struct {
	fault, locale string
	unmounted     bool
	no            string // why it can't be compared
	state         func(*bench, *transcript.Transcript)
	args          []string // {dir}, {image} and {tmp} stand for what they are called here
}

// TestTranscripts compares what is printed with every captured output.
func TestTranscripts(t *testing.T) {
	dir := testenv.Shared(t, "dism-outputs")
	found, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil || len(found) == 0 {
		t.Fatal("no captured outputs", err)
	}
	all := captures()
	for _, name := range found {
		base := strings.TrimSuffix(filepath.Base(name), ".txt")
		t.Run(base, func(t *testing.T) {
			c, ok := all[base]
			if !ok {
				t.Fatal("no case for this output")
			}
			if c.no != "" {
				t.Skip(c.no)
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			c.compare(t, want)
		})
	}
}

func (c capture) compare(t *testing.T, want []byte) {
	b := newBench(t)
	if !c.unmounted {
		b.mount()
	}
	if c.state != nil {
		c.state(b, transcript.Parse(want))
	}
	b.m.Fault, b.m.Locale = c.fault, c.locale
	if err := os.RemoveAll(filepath.Join(b.m.State, "runs.json")); err != nil {
		t.Fatal(err)
	}
	replacer := strings.NewReplacer("{dir}", b.dir, "{image}", b.image, "{tmp}", b.tmp())
	var args []string
	for _, a := range c.args {
		args = append(args, replacer.Replace(a))
	}
	var out bytes.Buffer
	b.m.Run(t.Context(), args, &out)
	if missing := strings.Count(out.String(), "\n") - strings.Count(out.String(), "\r\n"); missing > 0 {
		t.Errorf("%d lines do not end in CR LF", missing)
	}
	got, expected := normal(out.String(), b.root()), normal(string(want), "")
	if !strings.Contains(string(want), "Deployment Image") {
		got = strings.TrimPrefix(got, banner)
	}
	if got != expected {
		t.Errorf("dism %s printed:\n%s\n--- want:\n%s", strings.Join(args, " "), got, expected)
	}
}

// root is the folder of all that the bench has.
func (b *bench) root() string { return filepath.Dir(b.image) }

// tmp is a folder for files of a test.
func (b *bench) tmp() string { return filepath.Join(b.root(), "files") }

func (b *bench) file(name, text string) string {
	b.Helper()
	path := filepath.Join(b.tmp(), name)
	err := os.MkdirAll(filepath.Dir(path), 0o777)
	if err == nil {
		err = os.WriteFile(path, []byte(text), 0o666)
	}
	if err != nil {
		b.Fatal(err)
	}
	return path
}

const banner = "\nDeployment Image Servicing and Management tool\nVersion: *\n\nImage Version: *\n"

// normal takes away what differs between machines: versions, paths, sizes, steps of
// progress and the width of columns.
func normal(text, root string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if root != "" {
		text = regexp.MustCompile(regexp.QuoteMeta(root)+`[^\s:]*`).ReplaceAllString(text, "PATH")
		text = regexp.MustCompile(regexp.QuoteMeta(strings.ReplaceAll(root, "/", `\`))+`[^\s:]*`).ReplaceAllString(text, "PATH")
	}
	for _, r := range [][2]string{
		{`[A-Za-z]:\\[^\s:]*`, "PATH"},
		{`(?m)^(Details for image :|The DISM log file can be found at).*`, "$1 PATH"},
		{`(?m)^(Version|Image Version): .*`, "$1: *"},
		{`(?m)[ \t]+$`, ""},
		{`(?m)^[ \t]+`, ""},
		{`(?m)^\[[= ]*[0-9.,]+%[= ]*\]$`, "[bar]"},
		{`(\[bar\]\s+)+\[bar\]`, "[bar]"},
		{`Processing \d+ of \d+`, "Processing n of m"},
		{`(?m)^(.* (?:of Component Store|with Windows|Disabled Features|Temporary Data) : ).*`, "$1*"},
		{`(?m)^(Number of Reclaimable Packages : ).*`, "$1*"},
		{`\s*\(GEOID = \d+\)`, ""},
		{`  +`, " "},
		{`--+`, "--"},
		{`\n{3,}`, "\n\n"},
		{`The [\w-]+ option is unknown`, "The x option is unknown"},
	} {
		text = regexp.MustCompile(r[0]).ReplaceAllString(text, r[1])
	}
	lines := slices.Compact(strings.Split(strings.TrimSpace(text), "\n")) // also "not applicable", which is said once for each try
	return "\n" + strings.Join(sortedLanguages(lines), "\n") + "\n"
}

// sortedLanguages puts the lines about installed languages in order.
func sortedLanguages(lines []string) []string {
	first, last := -1, -1
	for i, l := range lines {
		if strings.HasPrefix(l, "Installed language(s): ") && i+1 < len(lines) {
			if first < 0 {
				first = i
			}
			last = i + 2
		}
	}
	if first < 0 {
		return lines
	}
	var pairs []string
	for i := first; i < last; i += 2 {
		pairs = append(pairs, lines[i]+"\n"+lines[i+1])
	}
	slices.Sort(pairs)
	return slices.Concat(lines[:first], pairs, lines[last:])
}

// captures are the cases, by name of the file.
func captures() map[string]capture {
	servicing := func(args ...string) []string { return append([]string{"/Image:{dir}"}, args...) }
	const noDism, online, unasked = "is no output of DISM", "tells of the running Windows, which the emulation has not", "gild never asks this"
	return map[string]capture{
		"add-capability":                   {state: inRepository, args: servicing("/Add-Capability", "/CapabilityName:Test~~~~0.0.1.0", "/Source:{tmp}")},
		"add-driver-recurse-24h2-uk-dates": {no: "several commands, typed from a picture"},
		"add-driver-single":                {state: oneDriver, args: servicing("/Add-Driver", "/Driver:{tmp}/Netwtw08.INF")},
		"add-package-cabs-and-msus":        {state: packageFiles, args: servicing("/Add-Package", "/PackagePath:{tmp}")},
		"add-package-single-msu":           {state: oneUpdate, args: servicing("/Add-Package", "/PackagePath:{tmp}/Windows8.1-KB3172614-x64.msu")},
		"analyzecomponentstore-win81":      {no: unasked},
		"checkhealth-healthy":              {args: servicing("/Cleanup-Image", "/CheckHealth")},
		"checkhealth-nonrepairable":        {state: beyondRepair, args: servicing("/Cleanup-Image", "/CheckHealth")},
		"checkhealth-repairable":           {state: damagedAndScanned, args: servicing("/Cleanup-Image", "/CheckHealth")},
		"disable-feature":                  {args: servicing("/Disable-Feature", "/FeatureName:TelnetClient")},
		"error-11":                         {fault: "1:code=11", args: []string{"/Get-MountedImageInfo"}},
		"error-3":                          {args: servicing("/Add-Package", "/PackagePath:{tmp}/none")},
		"error-740":                        {fault: "1:code=740", args: []string{"/Get-MountedImageInfo"}},
		"error-800f0823-boot":              {fault: "1:code=0x800f0823", args: servicing("/Add-Package", "/PackagePath:{tmp}/x.msu"), state: func(b *bench, _ *transcript.Transcript) { b.file("x.msu", "x") }},
		"error-87":                         {args: servicing("/Get-Bogus")},
		"error-c1420114":                   {unmounted: true, state: func(b *bench, _ *transcript.Transcript) { b.file("x", "x") }, args: []string{"/Mount-Image", "/ImageFile:{image}", "/Index:1", "/MountDir:{tmp}"}},
		"error-c1420117":                   {fault: "1:open", args: []string{"/Commit-Image", "/MountDir:{dir}"}},
		"error-c1420127":                   {state: func(b *bench, _ *transcript.Transcript) { b.folder() }, args: []string{"/Mount-Image", "/ImageFile:{image}", "/Index:1", "/MountDir:{tmp}"}},
		"get-capabilities":                 {state: capabilityNames, args: servicing("/Get-Capabilities")},
		"get-currentedition-client":        {state: edition, args: servicing("/Get-CurrentEdition")},
		"get-currentedition-server":        {state: edition, args: servicing("/Get-CurrentEdition")},
		"get-driverinfo":                   {no: unasked},
		"get-drivers-empty":                {args: servicing("/Get-Drivers")},
		"get-drivers-table":                {no: unasked},
		"get-featureinfo":                  {state: featureRecords, args: servicing("/Get-FeatureInfo", "/FeatureName:Recall")},
		"get-features-list":                {state: featureRecords, args: servicing("/Get-Features")},
		"get-imageinfo-index-fixture":      {unmounted: true, locale: "en-GB", state: images, args: []string{"/Get-ImageInfo", "/ImageFile:{tmp}/a.wim", "/Index:1"}},
		"get-imageinfo-index-win10-1903":   {unmounted: true, state: images, args: []string{"/Get-ImageInfo", "/ImageFile:{tmp}/a.wim", "/Index:1"}},
		"get-imageinfo-list-win81":         {no: unasked},
		"get-intl-offline-distribution":    {no: unasked},
		"get-intl-offline-win11":           {state: settings, args: servicing("/Get-Intl")},
		"get-intl-online":                  {no: online},
		"get-mountedimageinfo":             {args: []string{"/Get-MountedImageInfo"}},
		"get-mountedimageinfo-empty":       {unmounted: true, args: []string{"/Get-MountedImageInfo"}},
		"get-packageinfo":                  {no: unasked},
		"get-provisionedappxpackages":      {state: apps, args: servicing("/Get-ProvisionedAppxPackages")},
		"get-targeteditions":               {no: unasked},
		"get-wiminfo-index-win10-1809":     {unmounted: true, locale: "en-GB", state: images, args: []string{"/Get-ImageInfo", "/ImageFile:{tmp}/a.wim", "/Index:3"}},
		"get-wiminfo-list-win10-1809":      {no: unasked},
		"mount-image":                      {unmounted: true, args: []string{"/Mount-Image", "/ImageFile:{image}", "/Index:1", "/MountDir:{dir}"}},
		"progress-bars":                    {no: "is no output of one command; TestBars compares the bars"},
		"restorehealth-ok":                 {args: servicing("/Cleanup-Image", "/RestoreHealth")},
		"restorehealth-source-failure":     {state: damagedAndScanned, args: servicing("/Cleanup-Image", "/RestoreHealth")},
		"scanhealth-healthy":               {args: servicing("/Cleanup-Image", "/ScanHealth")},
		"startcomponentcleanup-pending":    {state: pending, args: servicing("/Cleanup-Image", "/StartComponentCleanup", "/ResetBase")},
		"unmount-commit":                   {no: unasked},
		"wimlib-info-server2019":           {no: noDism},
		"wimlib-info-win10":                {no: noDism},
		"wimlib-info-winpe-boot":           {no: noDism},
	}
}

// folder makes the folder for files.
func (b *bench) folder() {
	b.Helper()
	if err := os.MkdirAll(b.tmp(), 0o777); err != nil {
		b.Fatal(err)
	}
}

// edit changes the mounted image.
func (b *bench) edit(do func(image.Files, image.Registry) error) {
	b.Helper()
	s, err := offline.Backend{}.Open(b.Context(), image.Ref{Path: b.dir}, image.OpenOptions{Write: true, Clock: b.clock()})
	if err != nil {
		b.Fatal(err)
	}
	files, _ := image.As[image.Files](s)
	registry, _ := image.As[image.Registry](s)
	err = do(files, registry)
	if err == nil {
		err = s.Commit(b.Context(), "")
	}
	if err = errors.Join(err, s.Close()); err != nil {
		b.Fatal(err)
	}
}

// absent takes that something is not there for no error.
func absent(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
