package dismemu_test

import "github.com/gildhq/gild/internal/placeholders"

// On Windows package os calls no file and no folder of a mounted image regular.
func init() { placeholders.Show() }
