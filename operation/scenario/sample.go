package scenario

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/internal/sample"
	"github.com/gildhq/gild/operation"
)

// make makes a sample image in a folder: a small Windows without programs, with the resources of
// the block applied to it, as an image block with them would be.
func (s *sampleBlock) make(ctx context.Context, w *operation.Workspace, f *File, dir string) (string, error) {
	base := filepath.Join(dir, "base.wim")
	if err := os.Mkdir(dir, 0o777); err != nil {
		return "", err
	}
	if err := sample.Write(ctx, base, sample.Options{}); err != nil {
		return "", err
	}
	body := s.block.Body
	if len(body.Blocks) == 0 && len(body.Attributes) == 0 {
		return base, nil
	}
	name := path.Base(f.Name) + configSuffix
	files, trial := filepath.Join(dir, "files"), filepath.Join(dir, "trial")
	for _, folder := range []string{files, trial} {
		if err := os.Mkdir(folder, 0o777); err != nil {
			return "", err
		}
	}
	if err := os.WriteFile(filepath.Join(files, name), s.configuration(f.source, base), 0o666); err != nil {
		return "", err
	}
	tried, err := operation.Trial{Dir: trial, Files: files}.Run(ctx, w)
	if err != nil {
		return "", named(err, f.Name)
	}
	return tried.Outputs["sample"], nil
}

// configSuffix makes the name of a file of tests that of a configuration.
const configSuffix = ".gild.hcl"

// configuration is the block as an image block, its body on the same lines.
func (s *sampleBlock) configuration(source []byte, base string) []byte {
	open, end := s.block.OpenBraceRange, s.block.CloseBraceRange
	var out bytes.Buffer
	out.WriteString(strings.Repeat("\n", open.Start.Line-1))
	out.WriteString(`image "sample" {`)
	out.Write(source[open.End.Byte:end.Start.Byte])
	fmt.Fprintf(&out, "\n  source = %q\n  output = \"sample.wim\"\n}\n", filepath.ToSlash(base))
	return out.Bytes()
}

// named gives the diagnostics of a sample the name of the file that the author has written.
func named(err error, name string) error {
	diags, _ := operation.Diagnostics(err)
	for _, d := range diags {
		if d.Subject != nil {
			at := *d.Subject
			at.Filename = name
			d.Subject = &at
		}
	}
	return &operation.Misconfigured{Diags: append(hcl.Diagnostics{}, diags...)}
}
