package planner

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/ground/regular"
)

// planVersion is the format_version of plan files. They are not for other
// programs (package document is), so there is no minor number.
const planVersion = "2"

// ErrPlanFile is what [Load] returns for a file that holds no plan it can trust.
var ErrPlanFile = errors.New("not a usable plan file")

// ErrKey is what [Load] returns for a plan that was not made with the key.
var ErrKey = errors.New("it was not made with the store of this configuration, or has been changed since: plan where it is applied, or with the same GILD_DATA_DIR")

// planFile is the form of a plan file. Digest is the SHA-256 of the compact form of Plan and shows
// damage; Key proves that it was made with the store's key.
type planFile struct {
	FormatVersion string          `json:"format_version"`
	Digest        string          `json:"digest"`
	Key           string          `json:"key_digest,omitempty"` // the same with the key of the store
	Plan          json.RawMessage `json:"plan"`
}

// Save writes the plan to a file that only its owner may read. Sensitive values are left
// out: see [Plan.Reveal]. Without the key of the store no one can make or change such a
// file.
func (p *Plan) Save(path string, key []byte) error {
	plan, err := json.Marshal(p.seal())
	if err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	data, err := json.Marshal(planFile{FormatVersion: planVersion, Digest: digest(plan), Key: keyDigest(key, plan), Plan: plan})
	if err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	if err := writePrivate(path, append(data, '\n')); err != nil {
		return fmt.Errorf("write plan file: %w", err)
	}
	return nil
}

// writePrivate writes a file that only its owner may read.
func writePrivate(path string, data []byte) error {
	f, err := durable.Create(path)
	if err != nil {
		return err
	}
	defer f.Discard()
	if err := f.Chmod(0o600); err != nil { // while it is empty
		return err
	}
	if _, err := f.Write(data); err != nil {
		return err
	}
	return f.Commit()
}

// maxPlan is the size of a plan file that is read: ten thousand resources take some MiB.
const maxPlan = 128 << 20

// Load reads a plan that [Plan.Save] wrote. It refuses one that was changed since, or
// that another version of the format wrote; with a key, one that was made with another
// key or none. Without a key a plan can only be shown.
func Load(path string, key []byte) (*Plan, error) {
	data, err := regular.Read(path, maxPlan)
	if err != nil {
		return nil, fmt.Errorf("read plan file: %w", err)
	}
	p, err := decodePlan(data, key)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w; make it again with gild plan -out", path, ErrPlanFile, err)
	}
	return p, nil
}

func decodePlan(data, key []byte) (*Plan, error) {
	var f planFile
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, err
	}
	if f.FormatVersion != planVersion {
		return nil, fmt.Errorf("format_version is %q, this gild reads %q", f.FormatVersion, planVersion)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, f.Plan); err != nil {
		return nil, err
	}
	if digest(compact.Bytes()) != f.Digest {
		return nil, errors.New("it has been changed since it was made")
	}
	if len(key) > 0 && !hmac.Equal([]byte(f.Key), []byte(keyDigest(key, compact.Bytes()))) {
		return nil, ErrKey
	}
	var p Plan
	if err := json.Unmarshal(f.Plan, &p); err != nil {
		return nil, err
	}
	return &p, p.validate()
}

// validate checks what the rest of gild relies on.
func (p *Plan) validate() error {
	for i, img := range p.Images {
		if img == nil {
			return fmt.Errorf("image %d is null", i)
		}
		for j, it := range img.Items {
			if it == nil || it.Want.IsNull() || !it.Want.Type().IsObjectType() || !it.Have.Type().IsObjectType() {
				return fmt.Errorf("image %s: item %d is no resource", img.Name, j)
			}
		}
		for _, s := range img.Steps {
			for _, i := range s.Items() {
				if i < 0 || i >= len(img.Items) {
					return fmt.Errorf("image %s: a step is about item %d of %d", img.Name, i, len(img.Items))
				}
			}
		}
	}
	return nil
}

// Digest identifies the plan, for the record.
func (p *Plan) Digest() string {
	h := sha256.New()
	for _, img := range p.Images {
		fmt.Fprintf(h, "%q %q %s %q\n", img.Name, img.Output+img.Target, img.Head, img.Found)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Sealed reports whether sensitive values are left out of the plan, as in one that
// was loaded: then call [Plan.Reveal] before it is carried out.
func (p *Plan) Sealed() bool {
	return slices.ContainsFunc(p.Images, func(img *Image) bool {
		return slices.ContainsFunc(img.Items, func(it *Item) bool { return len(it.sealed) > 0 })
	})
}

// seal returns a copy of the plan without sensitive values.
func (p *Plan) seal() *Plan {
	out := *p
	out.Images = make([]*Image, len(p.Images))
	for i, img := range p.Images {
		c := *img
		c.Items = make([]*Item, len(img.Items))
		for j, it := range img.Items {
			c.Items[j] = it.seal()
		}
		out.Images[i] = &c
	}
	return &out
}

func (it *Item) seal() *Item {
	c := it.Withheld()
	if c == it {
		return it
	}
	c.sealed = map[string]string{}
	maps.Copy(c.sealed, it.sealed)
	for _, name := range it.Sensitive {
		if v := valueOf(it.Want, name); !v.IsNull() {
			c.sealed[name] = salted(rand.Text(), it.Addr.String(), name, v)
		}
	}
	return c
}

// valueOf returns an attribute of a value, null if the value does not have it.
func valueOf(v cty.Value, name string) cty.Value {
	if v.IsNull() || !v.Type().HasAttribute(name) {
		return cty.NullVal(cty.DynamicPseudoType)
	}
	return v.GetAttr(name)
}

// salted is a salted digest of a sensitive value, by which a plan file recognises
// it.
func salted(salt, addr, name string, v cty.Value) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%q\n%q\n%s", salt, addr, name, canonical(v))
	return salt + ":" + hex.EncodeToString(h.Sum(nil))
}

func isSalted(sealed, addr, name string, v cty.Value) bool {
	salt, _, _ := strings.Cut(sealed, ":")
	return salted(salt, addr, name, v) == sealed
}

// keyDigest is the keyed digest of a plan; empty without a key.
func keyDigest(key, plan []byte) string {
	if len(key) == 0 {
		return ""
	}
	h := hmac.New(sha256.New, key)
	h.Write([]byte("plan\n"))
	h.Write(plan)
	return hex.EncodeToString(h.Sum(nil))
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
