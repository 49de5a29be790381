package msu

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/gildhq/gild/formats/nt"
)

// rootOfDrive is a path right below a drive's root, as Windows writes it.
var rootOfDrive = regexp.MustCompile(`^(?:\\\\[?.]\\)?[A-Za-z]:[\\/]*[^\\/]*$`)

// syncedFolders are the folders of programs that keep them equal with a cloud's.
// That of a company's OneDrive has the company's name behind it.
var syncedFolders = []string{"OneDrive", "Dropbox", "Google Drive", "GoogleDrive", "My Drive", "iCloudDrive", "iCloud Drive", "Nextcloud"}

// CheckPlace says why DISM should not be given the package at an absolute path,
// of Windows or another system: Microsoft advises against the root of a partition
// and against folders that are synchronised with a cloud, where a file can be
// nothing but a name until it is read ("Add or Remove Packages Offline Using DISM").
func CheckPlace(path string) error {
	trimmed := strings.TrimRight(path, `/\`)
	slashes := strings.ReplaceAll(trimmed, `\`, "/")
	parts := strings.Split(slashes, "/")
	if rootOfDrive.MatchString(trimmed) || len(parts) == 2 && parts[0] == "" {
		return fmt.Errorf("%s is at the root of a partition, where Microsoft advises against keeping packages; put it into a folder", path)
	}
	for _, part := range parts[:len(parts)-1] {
		for _, name := range syncedFolders {
			if strings.EqualFold(part, name) || nt.HasPrefix(part, name+" - ") || nt.HasPrefix(part, name+" (") {
				return fmt.Errorf("%s is in the folder %q, which is synchronised with a cloud: what is in it may not be on this machine at all, and Microsoft advises against keeping packages there; copy it to a folder that is not", path, part)
			}
		}
	}
	return nil
}
