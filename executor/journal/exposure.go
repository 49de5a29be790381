package journal

import "time"

// longest is the longest time between two records that counts as work. A longer time
// means that the clock was set or the machine slept.
const longest = 24 * time.Hour

// Exposure returns how long the runs of which there are records have worked on images,
// and how often they were cut off: killed, or cancelled before they could make a
// checkpoint. Runs that failed or were interrupted in order do not count as cut off.
func Exposure(records []Record) (worked time.Duration, cuts int) {
	last := map[string]time.Time{} // by image, of runs without an end
	for _, r := range records {
		before, found := last[r.Image]
		switch {
		case r.Type == Begin:
			if found {
				cuts++
			}
			last[r.Image] = r.Time
			continue
		case !found: // its beginning is in a rotated journal
			continue
		}
		worked += min(max(r.Time.Sub(before), 0), longest)
		last[r.Image] = r.Time
		if r.Type == End {
			delete(last, r.Image)
			if r.Cancelled {
				cuts++
			}
		}
	}
	return worked, cuts + len(last)
}
