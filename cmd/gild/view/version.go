package view

// Version is what the program says of itself.
type Version struct {
	Gild     string `json:"gild"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// Version prints it on one line.
func (s *Screen) Version(v Version) {
	s.out.printf("gild %s (%s, %s)\n", v.Gild, v.Platform, v.Go)
}
