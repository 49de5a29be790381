package security

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/image/driverstore"
	"github.com/gildhq/gild/image/servicing"
	"github.com/gildhq/gild/providers"
)

const (
	setupAnswers = "sources/Autounattend.xml"
	setupProgram = "sources/setup.exe"

	// unknownAge is shown if the image contains no cumulative update.
	unknownAge = "unknown"
)

// days returns the number of days in "45d".
func days(age string) (int, error) {
	digits, ok := strings.CutSuffix(age, "d")
	n, err := strconv.Atoi(digits)
	if !ok || err != nil || n < 1 || n > 36500 || digits != strconv.Itoa(n) {
		return 0, &providers.Problem{Attr: attrAge, Summary: "Invalid age", Detail: fmt.Sprintf(`%q is not a number of days, such as "45d".`, age)}
	}
	return n, nil
}

func number64(s string) uint64 {
	n, _ := strconv.ParseUint(s, 10, 32) // it was checked
	return n
}

// read returns the wanted value if the image fulfils a policy, otherwise the actual one.
// The settings belong to the children, which are read on their own.
func (k *kind) read(ctx context.Context, s image.Session, want cty.Value) (*cty.Value, error) {
	have := want.AsValueMap()
	if age := text(want, attrAge); age != "" {
		updated, found, err := lastUpdate(ctx, s, k.now())
		if err != nil {
			return nil, err
		}
		old := k.age(updated)
		if limit, _ := days(age); !found {
			have[attrAge] = cty.StringVal(unknownAge)
		} else if old > limit {
			have[attrAge] = cty.StringVal(strconv.Itoa(old) + "d")
		}
	}
	if want.GetAttr(attrSigned).RawEquals(cty.True) {
		unsigned, err := unsignedDrivers(ctx, s)
		if err != nil {
			return nil, err
		}
		have[attrSigned] = cty.BoolVal(len(unsigned) == 0)
	}
	if !want.GetAttr(attrDynamic).IsNull() {
		if err := hasSetup(s); err != nil {
			return nil, err
		}
	}
	v := cty.ObjectVal(have)
	return &v, nil
}

// age is the number of whole days since then.
func (k *kind) age(then time.Time) int { return max(0, int(k.now().Sub(then)/(24*time.Hour))) }

// verify fails if the image does not fulfil the policies.
func (k *kind) verify(ctx context.Context, s image.Session, _ providers.Host, changes []providers.Change) error {
	var errs []error
	for _, c := range changes {
		have, err := k.read(ctx, s, c.Want)
		if err != nil {
			return err
		}
		if age := have.GetAttr(attrAge); !age.RawEquals(c.Want.GetAttr(attrAge)) {
			errs = append(errs, tooOld(age.AsString(), text(c.Want, attrAge)))
		}
		if !have.GetAttr(attrSigned).RawEquals(c.Want.GetAttr(attrSigned)) {
			unsigned, err := unsignedDrivers(ctx, s)
			errs = append(errs, err, fmt.Errorf("%s: these drivers are not signed: %s; add signed ones, or remove them", attrSigned, strings.Join(unsigned, ", ")))
		}
	}
	return errors.Join(errs...)
}

// fulfillable refuses a policy on the age of updates that the image does not fulfil and
// no planned update can, before apply does any work.
func fulfillable(_ context.Context, _ image.Session, c providers.Change) error {
	age := c.Have.GetAttr(attrAge)
	if age.RawEquals(c.Want.GetAttr(attrAge)) {
		return nil
	}
	for e, u := range providers.Told[providers.Updates](c.Earlier) {
		if u.Cumulative && !e.Gone {
			return nil
		}
	}
	return &providers.Problem{Attr: attrAge, Summary: "No update that is new enough",
		Detail: "The image does not fulfil the policy, and nothing in the plan brings an update: " + tooOld(age.AsString(), text(c.Want, attrAge)).Error() + "."}
}

func tooOld(have, want string) error {
	if have == unknownAge {
		return fmt.Errorf("%s: the image holds no cumulative update that tells its date; add a package resource with a current one", attrAge)
	}
	return fmt.Errorf("%s: the newest cumulative update in the image is %s old, more than %s; add a package resource with a current one", attrAge, have, want)
}

// lastUpdate returns the date of the newest cumulative update. One that is queued for the
// first boot counts as new.
func lastUpdate(ctx context.Context, s image.Session, now time.Time) (last time.Time, found bool, err error) {
	jobs, err := bootjob.Jobs(s)
	if err != nil {
		return last, false, err
	}
	if slices.ContainsFunc(jobs, func(j bootjob.Job) bool {
		return !j.Absent && servicing.IsCumulative(j.Name)
	}) {
		return now, true, nil
	}
	newest, err := servicing.NewestCumulative(ctx, s)
	if err != nil || newest == nil {
		return last, false, err
	}
	return newest.Since, true, nil
}

// unsignedDrivers returns the names of driver packages that did not come with
// Windows and have no signer.
func unsignedDrivers(ctx context.Context, s image.Session) ([]string, error) {
	packages, _, err := driverstore.Packages(ctx, s)
	var names []string
	for _, p := range packages {
		if !p.Inbox && p.Signer == "" {
			names = append(names, p.PublishedName+" ("+p.OriginalName+")")
		}
	}
	return names, err
}

// hasSetup refuses answers for Windows Setup in an image without Setup.
func hasSetup(s image.Session) error {
	files, err := providers.Need[image.Files](s, image.CanFiles)
	if err != nil {
		return err
	}
	_, err = fs.Stat(files, setupProgram)
	if errors.Is(err, fs.ErrNotExist) {
		return &providers.Problem{Attr: attrDynamic, Summary: "No Windows Setup",
			Detail: "Setup looks for this in the image it runs from, and this image has no " + setupProgram + ". Set it in the image that has, such as the second one in boot.wim."}
	}
	return err
}
