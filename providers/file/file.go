// Package file is the kind "file": a file of the image, a folder, or a tree of files copied from a
// folder of the configuration. content.go resolves the source, read.go compares by digests, and
// apply.go writes; readable.go refuses files that Windows could not read.
package file

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

const doc = "A file of the image, a folder, or a tree of files.\n\n" +
	"With `source` it is a copy of a file, or of a folder with everything in it; with `content` a file\n" +
	"with that text; with `directory = true` a folder, whatever it contains. gild creates missing parent\n" +
	"folders. New files and folders inherit their security from their folder. A replaced file keeps its\n" +
	"security, attributes and creation time. Its named streams and its object ID are removed with the old\n" +
	"content; another hard link to the old content keeps them. With `ensure = \"absent\"` gild removes the\n" +
	"file, or the folder with everything in it."

// resource is the resource.
type resource struct {
	Path        string   `cty:"path"`
	Source      *string  `cty:"source"`
	Content     *string  `cty:"content"`
	Directory   *bool    `cty:"directory"`
	Encoding    *string  `cty:"encoding"`
	LineEndings *string  `cty:"line_endings"`
	Attributes  []string `cty:"attributes"`
	Modified    *string  `cty:"modified"`
	Purge       *bool    `cty:"purge"`

	Digest *string           `cty:"digest"`
	SHA1   *string           `cty:"sha1"`
	Size   *int64            `cty:"size"`
	Files  map[string]string `cty:"files"`
}

// Provider returns the kind.
func Provider() *providers.Provider {
	return providers.Typed[resource]{
		Kind: "file", Doc: doc, Phase: providers.PhaseFile,
		Schema: schema(), Check: check, Claims: claims, Resolve: resolve, Read: read, Warn: warn, File: made,
		Ways: []providers.TypedWay[resource]{{
			Name: providers.Offline, Effect: providers.Now(providers.Offline),
			Needs: []image.Capability{image.CanFiles},
			Check: keepable, Apply: providers.Each(apply),
		}},
	}.Provider()
}

func schema() dsl.Schema {
	return dsl.Schema{
		{Name: "path", Type: cty.String, Key: true, Required: true, Fold: true,
			Doc: "Path in the image: `C:\\Tools\\a.exe`, `/Tools/a.exe` and `Tools/a.exe` are the same. Upper and lower case make no difference, as on Windows; composed and decomposed characters make none if only one file matches. An existing file keeps its spelling."},
		{Name: "source", Type: cty.String, Hint: true, Payload: dsl.PayloadFile,
			Doc: "File or folder to copy, relative to the folder of the configuration. A folder is copied with everything in it; links are followed if they lead to files inside the folder. Names are copied unchanged, including decomposed ones as macOS writes them."},
		{Name: "content", Type: cty.String, Hint: true,
			Doc: "Text of the file. `templatefile()` renders it from a template."},
		{Name: "directory", Type: cty.Bool,
			Doc: "`true`: a folder. gild creates it if it does not exist, and keeps its content."},
		{Name: "encoding", Type: cty.String, Hint: true, Values: []string{"utf-8", "utf-8-bom", "utf-16le"},
			Doc: "Encoding of `content`: `utf-8` (the default), `utf-8-bom` or `utf-16le`. The last two begin with a byte order mark."},
		{Name: "line_endings", Type: cty.String, Hint: true, Values: []string{"crlf", "lf"},
			Doc: "Line ends of `content`: `crlf` as in Windows, or `lf`. Default: as written."},
		{Name: "attributes", Type: cty.Set(cty.String), Values: attributeNames(),
			Doc: "Attributes of the file or folder, or of every file of a tree: `readonly`, `hidden`, `system`, `archive`; an empty list for none. Default: `archive` for new files; existing files keep their attributes."},
		{Name: "modified", Type: cty.String,
			Doc: "Last write time of the file, or of every file of a tree, as in `\"2024-01-31T12:00:00Z\"`. Default: the time that all changes to this image have."},
		{Name: "purge", Type: cty.Bool, Hint: true,
			Doc: "`true`, with a folder as `source`: removes files from the folder in the image that are not in `source`. Default: they stay."},
		{Name: "digest", Type: cty.String, Computed: true, Hint: true,
			Doc: "SHA-256 of the content; of a tree, that of the list of its files with their digests."},
		{Name: "sha1", Type: cty.String, Computed: true,
			Doc: "SHA-1 of the content. An image stores it for every file, so gild can compare a file without reading it. Not set for folders."},
		{Name: "size", Type: cty.Number, Computed: true,
			Doc: "Size of the content in bytes. Not set for folders."},
		{Name: "files", Type: cty.Map(cty.String), Computed: true,
			Doc: "Of a tree: SHA-1 of each file by its name below `path`. The name of an empty folder ends in a slash."},
	}
}
