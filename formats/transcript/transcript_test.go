package transcript_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gildhq/gild/formats/transcript"
	"github.com/gildhq/gild/internal/testenv"
)

const banner = "\r\nDeployment Image Servicing and Management tool\r\nVersion: 10.0.26100.1150\r\n\r\nImage Version: 10.0.26100.2033\r\n\r\n"

// A text that takes three lines of a console, and one that fills a line to its end.
var (
	long  = strings.Repeat("Package~31bf3856ad364e35~", 8)
	exact = strings.Repeat("x", 80-len("Package Identity : "))
)

// broken is an output as a console of 80 columns shows it.
func broken(output string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(output, "\r\n") {
		for ; len(line) > 80; line = line[80:] {
			b.WriteString(line[:80] + "\r\n")
		}
		b.WriteString(line + "\r\n")
	}
	return b.String()
}

func TestParse(t *testing.T) {
	for _, test := range []struct {
		name, output string
		want         transcript.Transcript
	}{
		{"records", banner + "Features listing for package : Foundation\r\n\r\nFeature Name : TFTP\r\nState : Disabled\r\n\r\nFeature Name : Größe\r\nState :\r\n\r\nThe operation completed successfully.\r\n", transcript.Transcript{
			Records: []transcript.Record{
				{{Name: "Features listing for package", Value: "Foundation"}},
				{{Name: "Feature Name", Value: "TFTP"}, {Name: "State", Value: "Disabled"}},
				{{Name: "Feature Name", Value: "Größe"}, {Name: "State"}},
			}, Done: true, Percent: -1,
		}},
		{"lines below a value, records without an empty line", banner + "Languages :\r\n\ten-US (Default)\r\n\tde-DE\r\n\r\nInstalled language(s): de-DE\r\n  Type : Fully localized language.\r\nInstalled language(s): en-US\r\n  Fallback Languages en-GB\r\n", transcript.Transcript{
			Records: []transcript.Record{
				{{Name: "Languages", More: []string{"en-US (Default)", "de-DE"}}},
				{{Name: "Installed language(s)", Value: "de-DE"}, {Name: "Type", Value: "Fully localized language."}},
				{{Name: "Installed language(s)", Value: "en-US", More: []string{"Fallback Languages en-GB"}}},
			}, Percent: -1,
		}},
		{"bars", banner + "Mounting image\r\n[===  5,1%   ] \r[====99.8%==== ]\r\n\r\n[=====100.0%=====]\r\nThe operation completed successfully.", transcript.Transcript{
			Text: []string{"Mounting image"}, Done: true, Percent: 100,
		}},
		{"items", banner + "Processing 1 of 2 - Adding package A~1~amd64~~1.0\r\n[==100.0%==]\r\nProcessing 2 of 2 - Adding package C:\\x y\\b.msu\r\nInstalling 1 of 2 - C:\\d\\a.inf: The driver package was successfully installed.\r\nInstalling 2 of 2 - C:\\d\\b.inf: Error - the hash is not in the catalog.\r\n", transcript.Transcript{
			Items: []transcript.Item{
				{Number: 1, Of: 2, Action: "Adding package", Name: "A~1~amd64~~1.0"},
				{Number: 2, Of: 2, Action: "Adding package", Name: `C:\x y\b.msu`},
				{Number: 1, Of: 2, Name: `C:\d\a.inf`, Result: "The driver package was successfully installed."},
				{Number: 2, Of: 2, Name: `C:\d\b.inf`, Result: "Error - the hash is not in the catalog."},
			}, Percent: 100,
		}},
		{"errors", banner + "An error occurred while processing the package.\r\n Error: 0x80070780\r\n\r\nError: 0x80070780\r\n\r\nFirst line.\r\n Error: 0x800f0823\r\n\r\nError: 1920\r\n\r\nThe file can not be accessed.\r\n\r\nThe DISM log file can be found at C:\\Windows\\Logs\\DISM\\dism.log\r\n", transcript.Transcript{
			Text: []string{"An error occurred while processing the package."}, Percent: -1,
			Failure: &transcript.Failure{
				Code: 1920, Inner: []uint32{0x80070780, 0x800f0823, 0x80070780}, Log: `C:\Windows\Logs\DISM\dism.log`,
				Message: []string{"First line.", "The file can not be accessed."},
			},
		}},
		{"errors of single packages", banner + "Processing 1 of 3 - Adding package A~1~x86~~1.0\r\n[==100.0%==]\r\nProcessing 2 of 3 - Adding package B~1~x86~~1.0\r\n" +
			"B: The image is no longer serviceable. \r\nDiscard it.\r\n Error: 0x8007007f\r\nProcessing 3 of 3 - C: The image is no longer serviceable.\r\nDiscard it.\r\n Error: 0x800f0830\r\n\r\nError: 127\r\n\r\nDiscard it.\r\n", transcript.Transcript{
			Items: []transcript.Item{
				{Number: 1, Of: 3, Action: "Adding package", Name: "A~1~x86~~1.0"},
				{Number: 2, Of: 3, Action: "Adding package", Name: "B~1~x86~~1.0", Result: "The image is no longer serviceable. Discard it.", Code: 0x8007007f},
				{Number: 3, Of: 3, Name: "C", Result: "The image is no longer serviceable. Discard it.", Code: 0x800f0830},
			}, Percent: 100, Failure: &transcript.Failure{Code: 127, Inner: []uint32{0x800f0830, 0x8007007f}, Message: []string{"Discard it."}},
		}},
		{"an error that names packages", banner + "Processing 1 of 2 - Adding package A~1~x86~~1.0\r\n[==50.0%==]\r\nProcessing 2 of 2 - Adding package C:\\x y\\b.msu\r\n[==33.2%==]\r\n" +
			"An error occurred - A Error: 0x800f081f\r\n\r\nError: 0x800f081e\r\n\r\nNot applicable.\r\nPackage C:\\x y\\b.msu may have failed due to pending updates to servicing components in the image. Try the command again.\r\n" +
			"An error occurred trying to open - C:\\c.cab Error: 0x80070003\r\n", transcript.Transcript{
			Text: []string{"An error occurred - A Error: 0x800f081f"}, Percent: 33.2,
			Items: []transcript.Item{
				{Number: 1, Of: 2, Action: "Adding package", Name: "A~1~x86~~1.0", Code: 0x800f081f},
				{Number: 2, Of: 2, Action: "Adding package", Name: `C:\x y\b.msu`, Code: 0x800f081e},
				{Name: `C:\c.cab`, Code: 0x80070003},
			}, Failure: &transcript.Failure{Code: 0x800f081e, Message: []string{"Not applicable.",
				`Package C:\x y\b.msu may have failed due to pending updates to servicing components in the image. Try the command again.`,
				`An error occurred trying to open - C:\c.cab Error: 0x80070003`}},
		}},
		{"lines broken at the width of a console", broken(banner + "Processing 1 of 1 - Adding package " + long + "\r\n[=100.0%=]\r\n\r\n" +
			"Package Identity : " + exact + "\r\nState : Installed\r\nDescription : " + long + "\r\n\r\nError: 50\r\n\r\nSee " + long + "\r\n"), transcript.Transcript{
			Items:   []transcript.Item{{Number: 1, Of: 1, Action: "Adding package", Name: long}},
			Records: []transcript.Record{{{Name: "Package Identity", Value: exact}, {Name: "State", Value: "Installed"}, {Name: "Description", Value: long}}},
			Percent: 100, Failure: &transcript.Failure{Code: 50, Message: []string{"See " + long}},
		}},
		{"nothing", "", transcript.Transcript{Percent: -1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.output != "" {
				test.want.Tool, test.want.Image = "10.0.26100.1150", "10.0.26100.2033"
				test.want.Text = append([]string{"Deployment Image Servicing and Management tool"}, test.want.Text...)
			}
			for _, end := range []string{"\r\n", "\n"} {
				got := transcript.Parse([]byte(strings.ReplaceAll(test.output, "\r\n", end)))
				if diff := cmp.Diff(&test.want, got); diff != "" {
					t.Errorf("lines that end in %q: -want +got:\n%s", end, diff)
				}
			}
		})
	}
}

func TestParserTellsProgressAtOnce(t *testing.T) {
	var seen []string
	p := transcript.NewParser(func(g transcript.Progress) { seen = append(seen, fmt.Sprintf("%s %.1f", g.Text, g.Percent)) })
	fmt.Fprint(p, "Mounting image\r\n[= 4.1%  ] \r")
	if want := []string{"Mounting image 4.1"}; !slices.Equal(seen, want) {
		t.Errorf("%q, want %q", seen, want)
	}
	fmt.Fprint(p, "\n[====")
	fmt.Fprint(p, "99.5%===]\r\r\n")
	if len(seen) != 2 || seen[1] != "Mounting image 99.5" || p.End().Percent != 99.5 {
		t.Errorf("%q", seen)
	}
}

// TestCaptured reads captured output: every line of it has a meaning, and what
// the runs listed is found.
// TestWideTable checks that a rule of very many columns makes no rows of as many.
func TestWideTable(t *testing.T) {
	out := transcript.Parse([]byte("-" + strings.Repeat(" | -", 10000) + "\nx\n" + strings.Repeat("y\n", 1000)))
	if len(out.Records) != 0 {
		t.Errorf("%d records", len(out.Records))
	}
}

func TestCaptured(t *testing.T) {
	dir := testenv.Shared(t, "dism-outputs")
	names, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil || len(names) == 0 {
		t.Fatal("no captured output", err)
	}
	got := map[string]*transcript.Transcript{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		base := strings.TrimSuffix(filepath.Base(name), ".txt")
		got[base] = transcript.Parse(data)
		if strings.HasPrefix(base, "error-") != (got[base].Failure != nil) && got[base].Failure == nil {
			t.Errorf("%s: no error found", base)
		}
	}
	is := func(what string, got, want any) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	is("features", len(got["get-features-list"].With("Feature Name")), 6)
	is("state", got["get-features-list"].With("Feature Name")[5].Get("State"), "Disabled with Payload Removed")
	is("capabilities", len(got["get-capabilities"].With("Capability Identity")), 3)
	is("apps", len(got["get-provisionedappxpackages"].With("PackageName")), 3)
	is("no drivers", len(got["get-drivers-empty"].With("Published Name")), 0)
	is("driver", len(got["get-driverinfo"].With("Hardware ID")), 2)
	is("driver's class", got["get-driverinfo"].Get("Class GUID"), "{4D36E972-E325-11CE-BFC1-08002BE10318}")
	is("package", got["get-packageinfo"].Get("State"), "Installed")
	is("edition", got["get-currentedition-client"].Get("Current Edition"), "Core")
	is("editions", len(got["get-targeteditions"].With("Target Edition")), 2)
	is("mounted", got["get-mountedimageinfo"].Get("Mounted Read/Write"), "Yes")
	is("languages", len(got["get-intl-offline-distribution"].With("Installed language(s)")), 3)
	is("keyboard", got["get-intl-offline-distribution"].Get("Active keyboard(s)"), "040c:0000040c")
	is("image", got["get-imageinfo-index-win10-1903"].Get("Edition"), "Core")
	is("size", got["analyzecomponentstore-win81"].Get("Cache and Temporary Data"), "315.46 MB")
	is("repairable", got["checkhealth-repairable"].Says("The component store is repairable."), true)
	is("source", got["restorehealth-source-failure"].Failure.Code, uint32(0x800f0906))
	is("added", len(got["add-package-cabs-and-msus"].Items), 6)
	is("the one that failed", got["add-package-cabs-and-msus"].Items[5].Code, uint32(0x800f081e))
	is("those before it", got["add-package-cabs-and-msus"].Items[4].Code, uint32(0))
	is("not applicable", got["add-package-cabs-and-msus"].Failure.Code, uint32(0x800f081e))
	is("installed", got["add-driver-single"].Items[0].Result, "The driver package was successfully installed.")
	is("elevation", got["error-740"].Failure, &transcript.Failure{Code: 740, Message: []string{
		"Elevated permissions are required to run DISM.", "Use an elevated command prompt to complete these tasks."}})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(banner + "A : b\r\n"))
	f.Add([]byte("Error: 0x1\n Error: 2\nError: -3\n\tx\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		whole := transcript.Parse(data)
		p := transcript.NewParser(nil)
		for i := range data {
			p.Write(data[i : i+1])
		}
		if diff := cmp.Diff(whole, p.End()); diff != "" {
			t.Errorf("read by bytes it is another: %s", diff)
		}
	})
}
