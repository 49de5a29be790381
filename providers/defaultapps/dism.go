package defaultapps

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	"github.com/gildhq/gild/ground/tempdir"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/viadism"
)

// tempFolder is the beginning of the names of folders with files for DISM.
const tempFolder = "gild-associations-"

// byDISM uses DISM to import and remove the associations ("DISM Default Application
// Association Servicing Command-Line Options"): the file belongs to Windows.
func byDISM() providers.TypedWay[apps] {
	return providers.TypedWay[apps]{
		Name: providers.ByDISM, Effect: viadism.Effect(), Needs: viadism.Needs(image.CanFiles), Apply: providers.Each(applyByDISM),
	}
}

func applyByDISM(ctx context.Context, s image.Session, host providers.Host, c providers.TypedChange[apps]) (err error) {
	if c.Action == providers.Delete {
		return viadism.Run(ctx, s, "/Remove-DefaultAppAssociations")
	}
	data, err := content(host, c.Want)
	if err != nil {
		return err
	}
	temp, err := tempdir.New(tempFolder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, temp.Remove()) }()
	name := filepath.Join(temp.Path(), "associations.xml")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		return err
	}
	if err := viadism.Run(ctx, s, "/Import-DefaultAppAssociations:"+name); err != nil {
		return err
	}
	return asGiven(s, data)
}

// asGiven gives the file the form that is wanted where DISM has put the same associations
// into the image in another one. Associations that differ stay: they are found when they
// are read back.
func asGiven(s image.Session, data []byte) error {
	files, err := providers.Need[image.Files](s, image.CanFiles)
	if err != nil {
		return err
	}
	have, err := fs.ReadFile(files, file)
	if err != nil || bytes.Equal(have, data) {
		return providers.Gone(err)
	}
	want, err := parse(data)
	if err != nil {
		return err
	}
	if got, err := parse(have); err != nil || !maps.EqualFunc(got, want, open.equal) {
		return nil
	}
	return files.WriteFile(file, bytes.NewReader(data), image.Meta{})
}

func (o open) equal(p open) bool {
	name := func(o open) string {
		if o.Application == nil {
			return ""
		}
		return *o.Application
	}
	return o.ProgID == p.ProgID && name(o) == name(p)
}
