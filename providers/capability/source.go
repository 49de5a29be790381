package capability

import (
	"context"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/payload"
)

// maxFolder is the size up to which a folder is copied as a whole.
const maxFolder = 2 << 30

// files are the files of a folder that the capability needs.
func files(ctx context.Context, host providers.Host, folder, name string) (image.Payload, error) {
	found, size := false, int64(0)
	err := filepath.WalkDir(host.Path(folder), func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // reported where the files are listed
		}
		if info, err := d.Info(); err == nil {
			size += info.Size()
		}
		found = found || belongs(d.Name(), name)
		return ctx.Err()
	})
	if err != nil {
		return image.Payload{}, err
	}
	if !found && size > maxFolder {
		return image.Payload{}, problem("source", "Capability is not in the folder",
			"None of the cabinets in %s has a name that tells it is of %s, and all of them are too many to copy (%d MiB). Make a folder with just what is needed: on Windows, Export-WindowsCapabilitySource does.", folder, name, size>>20)
	}
	return payload.Folder(ctx, host, "source", folder, func(file string) bool {
		return !found || belongs(path.Base(file), name) || metadata(file)
	})
}

// belongs tells by the name of a cabinet whether it is of a capability: cabinets
// of languages are called Microsoft-Windows-LanguageFeatures-Basic-de-de-Package~…,
// those of others mostly like the capability, with hyphens for dots.
func belongs(file, name string) bool {
	file = strings.ToLower(file)
	stem, _, isPackage := strings.Cut(file, "~")
	if !isPackage || path.Ext(file) != ".cab" {
		return false
	}
	base, language := parts(strings.ToLower(name))
	words := strings.Split(base, ".")
	if words[0] == "language" && len(words) > 1 {
		words[0] = "languagefeatures"
		if !strings.HasPrefix(language, "und-") {
			words = append(words, strings.Split(language, "-")...)
		}
	}
	return within(strings.Split(stem, "-"), words)
}

// within tells whether a list holds another one, without gaps.
func within(list, part []string) bool {
	for i := 0; i+len(part) <= len(list); i++ {
		if slices.Equal(list[i:i+len(part)], part) {
			return true
		}
	}
	return false
}

// metadata tells whether a file is of what describes a repository.
func metadata(file string) bool {
	file = strings.ToLower(file)
	return strings.HasPrefix(path.Base(file), "fodmetadata") || strings.HasPrefix(file, "metadata/") || strings.Contains(file, "/metadata/")
}
