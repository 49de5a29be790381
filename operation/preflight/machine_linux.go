package preflight

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Memory implements [Machine].
func (This) Memory() (Memory, error) {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return Memory{}, err
	}
	return parseMeminfo(string(text))
}

// parseMeminfo parses /proc/meminfo (proc_meminfo(5)), which counts in KiB.
func parseMeminfo(text string) (Memory, error) {
	found := map[string]int64{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(line, ":")
		fields := strings.Fields(value)
		if len(fields) == 0 {
			continue
		}
		if n, err := strconv.ParseInt(fields[0], 10, 64); err == nil {
			found[name] = n << 10
		}
	}
	m := Memory{Total: found["MemTotal"], Free: -1, Page: found["SwapTotal"]}
	if free, ok := found["MemAvailable"]; ok {
		m.Free = free
	}
	if m.Total == 0 {
		return m, fmt.Errorf("/proc/meminfo has no MemTotal")
	}
	return m, nil
}
