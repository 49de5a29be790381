package view

// Version is the version of the program.
type Version struct {
	Gild     string `json:"gild"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// Print prints it on one line.
func (v Version) Print(s *Screen) {
	s.out.printf("gild %s (%s, %s)\n", v.Gild, v.Platform, v.Go)
}
