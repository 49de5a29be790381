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
	"with that text; with `directory = true` a folder that exists, whatever is in it. Missing folders\n" +
	"above it are made. New files and folders inherit their security from the folder they are in; files\n" +
	"that are replaced keep theirs, their attributes and the time they were created. Named streams and\n" +
	"the object ID of a replaced file are removed with its old content; another hard link to the old\n" +
	"content keeps them. With `ensure = \"absent\"` the file, or the folder with everything in it, is\n" +
	"removed."

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
			Doc: "Where it is in the image: `C:\\Tools\\a.exe`, `/Tools/a.exe` and `Tools/a.exe` are the same. Upper and lower case do not matter, as on Windows, nor do composed and decomposed characters where one file only can be meant; a file that is there keeps its spelling."},
		{Name: "source", Type: cty.String, Hint: true, Payload: dsl.PayloadFile,
			Doc: "File or folder to copy, relative to the folder of the configuration. Of a folder everything is copied; links in it are followed as long as they lead to files inside of it. Names stay as they are, also decomposed ones as a Mac makes them."},
		{Name: "content", Type: cty.String, Hint: true,
			Doc: "Text of the file. `templatefile()` makes it from a template."},
		{Name: "directory", Type: cty.Bool,
			Doc: "`true`: a folder. It is made if it is not there, and what is in it stays."},
		{Name: "encoding", Type: cty.String, Hint: true, Values: []string{"utf-8", "utf-8-bom", "utf-16le"},
			Doc: "How `content` is written: `utf-8` (where left out), `utf-8-bom` or `utf-16le`. The last two begin with a byte order mark."},
		{Name: "line_endings", Type: cty.String, Hint: true, Values: []string{"crlf", "lf"},
			Doc: "How the lines of `content` end: `crlf` as in Windows, or `lf`. If left out, they end as they are written."},
		{Name: "attributes", Type: cty.Set(cty.String), Values: attributeNames(),
			Doc: "Attributes of the file or folder, or of every file of a tree: `readonly`, `hidden`, `system`, `archive`; an empty list for none. If left out, a new file has `archive` and others keep what they have."},
		{Name: "modified", Type: cty.String,
			Doc: "Time the file was last written, as in `\"2024-01-31T12:00:00Z\"`; of a tree, that of every file. If left out, it is the time that all of this image's changes carry."},
		{Name: "purge", Type: cty.Bool, Hint: true,
			Doc: "`true`, with a folder as `source`: what the folder in the image holds beyond that is removed. If left out, it stays."},
		{Name: "digest", Type: cty.String, Computed: true, Hint: true,
			Doc: "SHA-256 of the content; of a tree, that of the list of its files with their digests."},
		{Name: "sha1", Type: cty.String, Computed: true,
			Doc: "SHA-1 of the content, which an image keeps of every file: by it a file is compared without being read. Not set for folders."},
		{Name: "size", Type: cty.Number, Computed: true,
			Doc: "Bytes of content. Not set for folders."},
		{Name: "files", Type: cty.Map(cty.String), Computed: true,
			Doc: "Of a tree: the SHA-1 of each file by its name below `path`; the name of an empty folder ends in a slash."},
	}
}
