package similar

import "testing"

func TestName(t *testing.T) {
	names := []string{"Microsoft.XboxGamingOverlay", "Microsoft.VCLibs.140.00", "Microsoft.ZuneVideo", "Microsoft.UI.Xaml.2.8", "SMB1Protocol", "NetFx3"}
	for name, want := range map[string]string{
		"Microsoft.XboxGameingOverlay": "Microsoft.XboxGamingOverlay",
		"Microsoft.XboxGameOverlay":    "", // another app
		"Microsoft.ZuneMusic":          "",
		"Microsoft.UI.Xaml.2.7":        "",
		"ZuneVideo":                    "Microsoft.ZuneVideo",
		"Microsoft.ZunVideo":           "Microsoft.ZuneVideo",
		"smb1protokol":                 "SMB1Protocol",
		"NetF3":                        "NetFx3",
		"x":                            "",
	} {
		if got := Name(name, names); got != want {
			t.Errorf("similar to %s: %q, want %q", name, got, want)
		}
	}
}
