package servicing

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
)

// Cumulative is a cumulative update that an image holds.
type Cumulative struct {
	Identity string
	Since    time.Time // when it was made, or installed if Installed is set
	// Installed: the manifest does not say when the update was made, so Since is when
	// it was installed. An old update that was installed recently looks new.
	Installed bool
}

// NewestCumulative returns the newest cumulative update that the image holds or will
// hold at its next start; nil if it has none with a date. Other packages do not show
// how old the fixes in an image are: servicing stacks, features and languages are
// installed at any time.
func NewestCumulative(ctx context.Context, s image.Session) (*Cumulative, error) {
	files, ok := image.As[image.Files](s)
	if !ok {
		return nil, fmt.Errorf("the image gives no access to its %s", image.CanFiles)
	}
	list, _, err := Recorded(ctx, s)
	if err != nil {
		return nil, err
	}
	var newest *Cumulative
	for _, p := range list {
		if !IsCumulative(p.Identity) || !p.State.Held() {
			continue
		}
		c := Cumulative{Identity: p.Identity, Since: p.InstallTime, Installed: true}
		if m, err := readManifest(files, p.Identity); err == nil && !m.made.IsZero() {
			c.Since, c.Installed = m.made, false
		}
		if !c.Since.IsZero() && (newest == nil || c.Since.After(newest.Since)) {
			newest = &c
		}
	}
	return newest, nil
}

// IsCumulative reports whether an identity is that of a cumulative update.
func IsCumulative(identity string) bool {
	name, _, ok := strings.Cut(identity, "~")
	return ok && nt.Equal(name, cumulative)
}
