package language

import (
	"context"
	"fmt"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/packagefile"
)

const (
	jobKind    = "language"
	dataDigest = "digest"
)

// queuedJob is the job for a language, if there is one.
func queuedJob(s image.Session, language string) (bootjob.Job, bool, error) {
	if _, ok := image.As[image.FirstBoot](s); !ok {
		return bootjob.Job{}, false, nil // the image has no queue
	}
	return bootjob.Queued(s, jobKind, language)
}

func runnable(ctx context.Context, s image.Session, _ providers.TypedChange[pack]) error {
	return bootjob.Runnable(ctx, s)
}

// effect is the effect of a change, with what has to follow a new language.
func effect(when providers.Effect) func(context.Context, image.Session, providers.Host, providers.TypedChange[pack]) (providers.Effect, error) {
	return func(ctx context.Context, s image.Session, _ providers.Host, c providers.TypedChange[pack]) (providers.Effect, error) {
		if c.Action == providers.Delete {
			return when, nil
		}
		return packagefile.LanguageEffect(ctx, s, when)
	}
}

// queuedAt is the position of an installation in the queue. Whether a removal is queued depends on
// the image.
func queuedAt(c providers.TypedChange[pack]) (providers.QueuePlace, bool) {
	if c.Action == providers.Delete {
		return providers.QueuePlace{}, false
	}
	return providers.QueuePlace{Order: bootjob.Order(bootjob.StageLanguage, 0), ID: bootjob.ID(jobKind, *c.Want.Language)}, true
}

func apply(ctx context.Context, s image.Session, host providers.Host, c providers.TypedChange[pack]) error {
	if c.Action == providers.Delete {
		return remove(ctx, s, *c.Want.Language)
	}
	files, err := packagefile.Stage(ctx, host, "source", *c.Want.Source, *c.Want.Digest)
	if err != nil {
		return err
	}
	j := bootjob.Job{
		Kind: jobKind, Name: *c.Want.Language, Title: "Install the language pack for " + *c.Want.Language, Stage: bootjob.StageLanguage,
		Payloads: []image.Payload{files.Payload},
		Test: bootjob.Test{
			Ask:     []string{"/Get-PackageInfo", "/PackageName:" + *c.Want.Identity},
			Done:    []string{"State : Installed"},
			Pending: []string{"State : Install Pending"},
		},
		Data: map[string]string{"identity": *c.Want.Identity, dataDigest: *c.Want.Digest},
	}
	for _, name := range files.Add {
		j.Commands = append(j.Commands, bootjob.Command{Args: []string{"/Add-Package", "/PackagePath:" + files.Payload.Path(name)}})
	}
	return bootjob.Queue(ctx, s, j)
}

// remove removes the jobs that would install the language from the queue, and queues the removal of
// what the image holds.
func remove(ctx context.Context, s image.Session, language string) error {
	if err := bootjob.Unqueue(s, jobKind, language); err != nil {
		return err
	}
	f, err := look(ctx, s)
	if err != nil {
		return err
	}
	have := f.has(language)
	if have == nil {
		return nil
	}
	if have.Installed == nil {
		return fmt.Errorf("the image has the language %s but no language pack to remove", language)
	}
	return bootjob.Queue(ctx, s, bootjob.Job{
		Kind: jobKind, Name: language, Absent: true, Title: "Remove the language pack for " + language, Stage: bootjob.StageRemoval,
		Commands: []bootjob.Command{{Args: []string{"/Remove-Package", "/PackageName:" + *have.Installed}}},
		Test:     bootjob.Test{Ask: []string{"/Get-Packages"}, Gone: []string{"Package Identity : " + *have.Installed}},
		Data:     map[string]string{"identity": *have.Installed},
	})
}
