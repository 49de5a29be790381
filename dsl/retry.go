package dsl

import (
	"fmt"
	"time"

	"github.com/hashicorp/hcl/v2"
)

// retry evaluates the block of an image.
func (l *loader) retry(blocks hcl.Blocks, ctx *hcl.EvalContext) Retry {
	if len(blocks) == 0 {
		return Retry{}
	}
	l.single(blocks)
	content, diags := blocks[0].Body.Content(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "attempts"}, {Name: "backoff"}}})
	l.report(diags)
	h := &head{loader: l, attrs: content.Attributes, ctx: ctx}
	const most = 100
	r := Retry{Attempts: h.count("attempts")}
	if r.Attempts > most {
		h.wrong("attempts", fmt.Sprintf("It must be a whole number from 1 to %d. With 1, nothing is tried again.", most))
	}
	if backoff := h.text("backoff"); backoff != "" {
		d, err := time.ParseDuration(backoff)
		if err != nil || d <= 0 || d > 24*time.Hour {
			h.wrong("backoff", fmt.Sprintf(`%q is no duration that fits; it is written like "10s", "2m" or "1m30s", greater than zero and 24 hours at most.`, backoff))
		}
		r.Backoff = max(d, 0)
	}
	return r
}
