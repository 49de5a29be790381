package planner

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// receiptVersion is the version of [Receipt].
const receiptVersion = 1

// Receipt is the record in an output of how it was made.
type Receipt struct {
	Version int           `json:"version"`
	Gild    string        `json:"gild,omitempty"`
	Source  string        `json:"source"` // fingerprint
	Clock   time.Time     `json:"clock"`
	Steps   []ReceiptStep `json:"steps"`
	Skipped []ReceiptSkip `json:"skipped,omitempty"` // resources left out
	Export  image.Format  `json:"export,omitzero"`   // how it was written
	Head    string        `json:"head"`
}

// ReceiptStep is a step that was applied to the source.
type ReceiptStep struct {
	ID      string           `json:"id"`
	Address string           `json:"address"`
	Thing   string           `json:"thing"` // digest of the kind and of what identifies the thing in the image
	Action  providers.Action `json:"action"`
}

// ReceiptSkip is a resource that the output lacks, since it was left out.
type ReceiptSkip struct {
	Address string `json:"address"`
	Thing   string `json:"thing"`
}

// Receipt returns what the image's output will carry.
func (img *Image) Receipt(gild string) Receipt {
	r := Receipt{Version: receiptVersion, Gild: gild, Source: img.Fingerprint, Clock: img.Clock, Export: img.Export, Head: img.Head, Steps: []ReceiptStep{}, Skipped: img.skipped()}
	for i, s := range img.Steps {
		if s.LeftOut {
			continue
		}
		r.Steps = append(r.Steps, ReceiptStep{ID: cmp.Or(s.Published, s.ID), Address: img.StepAddr(i).String(), Thing: img.Items[s.Item].Thing, Action: s.Action})
	}
	return r
}

// Encode returns the receipt as it is kept in an image.
func (r Receipt) Encode() []byte {
	data, err := json.Marshal(r)
	if err != nil {
		panic(err) // plain strings and numbers
	}
	return data
}

// ParseReceipt reads what [Receipt.Encode] wrote; nil if there is none.
func ParseReceipt(data []byte) (*Receipt, error) {
	if len(data) == 0 {
		return nil, nil
	}
	var r Receipt
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("the image's receipt can't be read: %w", err)
	}
	if r.Version != receiptVersion {
		return nil, fmt.Errorf("the image's receipt has version %d; this gild reads version %d", r.Version, receiptVersion)
	}
	return &r, nil
}

// NotThere is [Image].Found for an output that does not exist.
const NotThere = "not there"

// FoundOutput describes an output for [Image].Found.
func FoundOutput(info image.Info) string {
	head := "none"
	if r, err := ParseReceipt(info.Receipt); err == nil && r != nil {
		head = r.Head
	}
	found := "head " + head + ", content " + info.Fingerprint
	if info.Seal != image.SealWhole {
		found += ", changed"
	}
	return found
}

// FoundTarget describes a folder for [Image].Found: the digest of what was read
// of each item, without sensitive attributes.
func FoundTarget(items []*Item, have []cty.Value) string {
	id := ""
	for i, it := range items {
		id = link(id, canonical(blank(have[i], it.Sensitive)))
	}
	return "state " + id
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
