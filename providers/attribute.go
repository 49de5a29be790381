package providers

// Is tells whether an attribute is set to a value.
func Is[T comparable](attr *T, value T) bool { return attr != nil && *attr == value }

// Known returns the value of an attribute that is a text; null where it is empty.
func Known(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
