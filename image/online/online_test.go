package online_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"testing"
	"time"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/memory"
	"github.com/gildhq/gild/image/online"
)

func open(t *testing.T) image.Session {
	t.Helper()
	b, err := memory.New(map[string]memory.Image{"image": {}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := b.Open(t.Context(), image.Ref{Path: "image"}, image.OpenOptions{Write: true, Clock: time.Unix(1e9, 0)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func queue(t *testing.T, s image.Session, jobs ...online.Job) {
	t.Helper()
	for _, j := range jobs {
		if err := online.Queue(t.Context(), s, j); err != nil {
			t.Fatal(err)
		}
	}
}

// payload is a folder of files, by name and content.
func payload(files ...string) image.Payload {
	var p image.Payload
	for i := 0; i < len(files); i += 2 {
		data := []byte(files[i+1])
		sum := sha256.Sum256(data)
		p.Files = append(p.Files, image.PayloadFile{Name: files[i], Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:]),
			Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }})
	}
	return p
}

func feature(name string) online.Job {
	p := payload("sxs/a b.cab", "cabinet")
	return online.Job{
		Kind: "feature", Name: name, Title: "Enable " + name, Stage: online.StageFeature,
		Commands: []online.Command{{Args: []string{"/Enable-Feature", "/FeatureName:" + name, "/All", "/Source:" + p.Path("sxs"), "/LimitAccess"}, OK: []uint32{0x800f0806}}},
		Test: online.Test{
			Ask: []string{"/Get-FeatureInfo", "/FeatureName:" + name}, Done: []string{"State : Enabled"}, Pending: []string{"State : Enable Pending"},
		},
		Payloads: []image.Payload{p},
		Data:     map[string]string{"all": "true", "größe": "𝄞\n%"},
	}
}
