package providers

import "strings"

// Claims say what a resource decides on. Two resources of an image must not
// claim the same thing, or one of them a whole and the other a part of it:
// [Conflict] tells. Each thing has one spelling, whoever claims it.

const (
	valueClaim    = "registry value "
	keyClaim      = "registry key "
	keyTreeClaim  = "registry tree "
	fileClaim     = "file "
	fileTreeClaim = "file tree "

	// nameSep comes between a key and the name of a value.
	nameSep = " : "
)

// ClaimValue is the claim on one value of a registry key.
func ClaimValue(key, name string) string { return valueClaim + keyPath(key) + nameSep + fold(name) }

// ClaimKey is the claim on a registry key being there, not on what is in it.
func ClaimKey(key string) string { return keyClaim + keyPath(key) }

// ClaimKeyTree is the claim on a registry key with its values and all below it.
func ClaimKeyTree(key string) string { return keyTreeClaim + keyPath(key) }

// ClaimFile is the claim on a file, or on a folder being there, by its name in
// the image.
func ClaimFile(name string) string { return fileClaim + fold(name) }

// ClaimFileTree is the claim on a folder with all that is in it.
func ClaimFileTree(name string) string { return fileTreeClaim + fold(name) }

// Conflict tells whether two claims can't be held by two resources: they are
// the same, or one is a tree that holds the other.
func Conflict(a, b string) bool { return a == b || covers(a, b) || covers(b, a) }

// covers tells whether the first claim is a tree that holds what the second claims.
func covers(tree, claim string) bool {
	if root, ok := strings.CutPrefix(tree, keyTreeClaim); ok {
		for _, kind := range []string{keyTreeClaim, keyClaim, valueClaim} {
			if path, ok := strings.CutPrefix(claim, kind); ok {
				return within(path, root, `\`) || within(path, root, nameSep)
			}
		}
		return false
	}
	if root, ok := strings.CutPrefix(tree, fileTreeClaim); ok {
		for _, kind := range []string{fileTreeClaim, fileClaim} { // the longer one first
			if path, ok := strings.CutPrefix(claim, kind); ok {
				return within(path, root, "/")
			}
		}
	}
	return false
}

func within(path, root, sep string) bool {
	return path == root || strings.HasPrefix(path, root+sep)
}

// keyPath gives the paths of [image.KeyPath] one separator, and the control set
// that an image has in practice the name it is asked for by.
func keyPath(key string) string {
	if !strings.Contains(key, `\`) {
		key = strings.ReplaceAll(key, "/", `\`)
	}
	key = fold(key)
	const numbered, current = `HKLM\SYSTEM\CONTROLSET001`, `HKLM\SYSTEM\CURRENTCONTROLSET`
	if within(key, numbered, `\`) {
		key = current + key[len(numbered):]
	}
	return key
}

// fold makes names that differ in case only equal. Paths in claims are in upper
// case, so the words before them can't be taken for a part of them.
func fold(s string) string { return strings.ToUpper(s) }
