package feature

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/payload"
)

// check refuses what can't be a feature, and notes how it is to be enabled.
func check(f *feature, absent bool) error {
	const summary = "Invalid name of a feature"
	switch {
	case f.Name == "":
		return providers.Problemf("name", summary, "The name is empty.")
	case strings.ContainsAny(f.Name, "*?"):
		return providers.Problemf("name", summary, "%q holds a wildcard. Write one resource for each feature; for_each makes them from a list.", f.Name)
	case strings.ContainsFunc(f.Name, func(r rune) bool { return !isNameRune(r) }) || len(f.Name) > 200:
		return providers.Problemf("name", summary, `%q is no name such as "Microsoft-Hyper-V-All": letters, digits, dots, hyphens and underscores.`, f.Name)
	}
	if f.RemovePayload != nil && !*f.RemovePayload {
		f.RemovePayload = nil // one form for each meaning
	}
	if absent {
		return nil
	}
	if f.RemovePayload != nil {
		return providers.Problemf("remove_payload", "Contradicting arguments", `A feature to be enabled needs its files: remove_payload is only for ensure = "absent".`)
	}
	if providers.Is(f.Source, "") {
		return providers.Problemf("source", "Invalid source", "The name of the folder is empty.")
	}
	if f.All == nil {
		no := false
		f.All = &no
	}
	f.setDigest("")
	return nil
}

// setDigest sets the digest of everything that decides how the feature is enabled; payload is the
// ID of the files in source.
func (f *feature) setDigest(payload string) {
	sum := sha256.Sum256(fmt.Appendf(nil, "%t %s", *f.All, payload))
	text := hex.EncodeToString(sum[:])
	f.Digest = &text
}

func resolve(ctx context.Context, host providers.Host, f *feature) error {
	if f.Source == nil {
		return nil
	}
	p, err := payload.Folder(ctx, host, "source", *f.Source, nil)
	if err != nil {
		return err
	}
	f.setDigest(p.ID())
	return nil
}
