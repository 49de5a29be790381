package providers

// Is reports whether an attribute is set to a value.
func Is[T comparable](attr *T, value T) bool { return attr != nil && *attr == value }

// Known returns a text as an attribute; null if it is empty.
func Known(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
