// Package censor removes secrets from texts that are shown, logged or recorded.
//
// It is the last line of defence: the code that makes a message keeps sensitive values out of it.
// A [Censor] finds values that get into a message anyway, through an error of the system or a
// command line, by their text. Begin with [Censor.Add] and [Censor.Text].
package censor

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/planner"
)

// Stand is the text that replaces a secret.
const Stand = "(sensitive value)"

// least is the length in bytes of the shortest text that is searched for. Shorter ones occur in
// every message.
const least = 3

// short is the length in bytes below which a secret is only found as a whole word, since shorter
// texts occur inside many other words.
const short = 4

// long is the length in bytes above which a secret is recognized by the beginnings of its lines.
const long = 4096

// Censor knows secrets. It may be used by several goroutines. The zero value knows none.
type Censor struct {
	mu      sync.RWMutex
	secrets []string       // the longest first
	pattern *regexp.Regexp // nil if there are none
}

// Add makes the texts secrets.
func (c *Censor) Add(secrets ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := len(c.secrets)
	for _, secret := range secrets {
		c.secrets = append(c.secrets, forms(secret)...)
	}
	c.secrets = slices.DeleteFunc(c.secrets, func(s string) bool { return len(s) < least })
	slices.SortFunc(c.secrets, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	if c.secrets = slices.Compact(c.secrets); len(c.secrets) > before {
		c.pattern = compile(c.secrets)
	}
}

// forms returns the forms in which messages quote a secret. A secret of several
// lines is also found line by line.
func forms(secret string) []string {
	var all []string
	if len(secret) <= long {
		all = planner.Forms(secret)
	}
	for line := range strings.Lines(secret) {
		if line = strings.TrimSpace(line); len(line) >= short {
			all = append(all, planner.Forms(line[:min(len(line), long/4)])...)
		}
	}
	return all
}

// compile returns a pattern that prefers the first of the secrets, in any case.
func compile(secrets []string) *regexp.Regexp {
	patterns := make([]string, len(secrets))
	for i, secret := range secrets {
		text := strings.ReplaceAll(regexp.QuoteMeta(secret), " ", `\s+`) // a message may break the line here
		if len(secret) < short {
			text = `\b` + text + `\b`
			if !regexp.MustCompile(`^\w.*\w$`).MatchString(secret) {
				text = regexp.QuoteMeta(secret) // not a word, so it needs no word boundary
			}
		}
		patterns[i] = text
	}
	return regexp.MustCompile("(?i)" + strings.Join(patterns, "|"))
}

// AddPlan makes the sensitive values of a plan secrets: the wanted ones, and those
// that the images have now.
func (c *Censor) AddPlan(p *planner.Plan) {
	var secrets []string
	for _, img := range p.Images {
		for _, it := range img.Items {
			for _, name := range it.Sensitive {
				for _, v := range []cty.Value{it.Want, it.Have} {
					if !v.IsNull() && v.Type().IsObjectType() && v.Type().HasAttribute(name) {
						secrets = append(secrets, Texts(v.GetAttr(name))...)
					}
				}
			}
		}
	}
	c.Add(secrets...)
}

// Texts returns the texts and numbers in a value.
func Texts(v cty.Value) []string {
	var texts []string
	v, _ = v.UnmarkDeep()
	_ = cty.Walk(v, func(_ cty.Path, v cty.Value) (bool, error) {
		switch {
		case v.IsNull() || !v.IsKnown():
		case v.Type() == cty.String:
			texts = append(texts, v.AsString())
		case v.Type() == cty.Number:
			texts = append(texts, v.AsBigFloat().Text('f', -1))
		}
		return true, nil
	})
	return texts
}

// Text returns the text without the secrets in it.
func (c *Censor) Text(text string) string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.pattern == nil {
		return text
	}
	return c.pattern.ReplaceAllLiteralString(text, Stand)
}

// Sink returns a sink for logs that removes secrets.
func (c *Censor) Sink(to hclog.SinkAdapter) hclog.SinkAdapter { return &sink{c, to} }

type sink struct {
	censor *Censor
	to     hclog.SinkAdapter
}

// Accept implements [hclog.SinkAdapter].
func (s *sink) Accept(name string, level hclog.Level, msg string, args ...any) {
	clean := slices.Clone(args)
	for i, arg := range clean {
		switch v := arg.(type) {
		case nil, bool, int, int32, int64, uint32, uint64, float64, time.Time:
		case time.Duration:
			clean[i] = v.String()
		case string:
			clean[i] = s.censor.Text(v)
		default:
			clean[i] = s.censor.Text(fmt.Sprint(v))
		}
	}
	s.to.Accept(name, level, s.censor.Text(msg), clean...)
}
