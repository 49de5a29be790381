package driverstore

import (
	"encoding/binary"
	"encoding/hex"
	"strings"

	"github.com/gildhq/gild/formats/inf"
)

// FolderName returns the name that Windows gives to a package's folder in the store,
// and to its record: the name of the INF file in lower case, the architecture, and a
// digest of the bytes of only the INF file. So one INF file has one folder, whatever
// the other files of its package are. docs/decisions/0013 says how this was
// established.
func FolderName(name string, arch inf.Arch, data []byte) string {
	var h uint64
	for _, b := range data {
		h = h*39 + uint64(b)
	}
	return strings.ToLower(name) + "_" + arch.String() + "_" + hex.EncodeToString(binary.LittleEndian.AppendUint64(nil, h))
}
