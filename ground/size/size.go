// Package size formats numbers of bytes for people.
package size

import "fmt"

// Text formats a number of bytes with a unit of IEC 80000-13, a power of 1024, as configurations
// and Windows count sizes.
func Text(n int64) string {
	const units = "KMGTPE"
	if n < 1<<10 {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n)/(1<<10), 0
	for value >= 1023.95 && unit < len(units)-1 {
		value, unit = value/(1<<10), unit+1
	}
	return fmt.Sprintf("%.1f %ciB", value, units[unit])
}
