package journal

import "time"

// Exposure returns how long the runs of which there are records have worked on images,
// and how often they were cut off: killed, or cancelled before they could make a
// checkpoint. Runs that failed or came to rest in order were not.
func Exposure(records []Record) (worked time.Duration, cuts int) {
	type span struct{ first, last Record }
	open := map[string]span{} // by image, of runs without an end
	add := func(s span) {
		worked += max(s.last.Time.Sub(s.first.Time), 0)
		if s.last.Type != End || s.last.Cancelled {
			cuts++
		}
	}
	for _, r := range records {
		s, found := open[r.Image]
		switch {
		case r.Type == Begin:
			if found {
				add(s)
			}
			open[r.Image] = span{r, r}
		case !found: // its beginning is in a journal that was put aside
		case r.Type == End:
			add(span{s.first, r})
			delete(open, r.Image)
		default:
			open[r.Image] = span{s.first, r}
		}
	}
	for _, s := range open {
		add(s)
	}
	return worked, cuts
}
