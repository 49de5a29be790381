// Package edition is the kind "edition": the edition of Windows in an image, such as Professional.
// dism.go changes it now, edition.go queues the change for the first boot, and targets.go reads
// which changes are possible.
package edition

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/providers"
)

const doc = "The edition of Windows that the image is, such as `Professional` or `ServerDatacenter`.\n\n" +
	"With the backend `dism` it is changed now. That needs no product key; if one is given, it is put\n" +
	"into the image. Otherwise it is changed at the first boot of the deployed machine, before all other\n" +
	"work there. That needs a product key of the new edition; a key for volume activation that Microsoft\n" +
	"publishes will do. Only editions that the image lists as its targets are possible, mostly higher\n" +
	"ones. `ensure = \"absent\"` is not possible.\n\n" +
	"How the first boot changes it depends on the editions. If only the licence differs, as between\n" +
	"`Professional`, `Enterprise` and `Education`, slmgr.vbs installs the key; that takes no restart. If\n" +
	"Windows itself differs, as between `Core` and `Professional`, changepk.exe changes it. That program\n" +
	"may restart the machine, and no one else may restart it meanwhile, so it waits until Windows Setup,\n" +
	"first log-on commands and enrolment have ended, and **everything queued after it waits, too**. DISM\n" +
	"changes Windows Server.\n\n" +
	"Windows Setup can change it earlier: by `ProductKey` of Microsoft-Windows-Shell-Setup in the pass\n" +
	"`specialize` of an answer file, see [unattend](unattend.md). gild does not add one, because a key\n" +
	"that Setup does not accept ends Setup. With such an answer file this resource only makes sure that\n" +
	"Windows is of the edition: if it is, nothing is done, and nothing waits.\n\n" +
	"The product key is in no plan and no output of gild. If the work is queued for the first boot, the\n" +
	"image contains the key in plain text until then, in a file that on the machine only SYSTEM and\n" +
	"administrators can read; but anyone who can read the WIM file can read it. On Windows Server DISM\n" +
	"may write it into its log, which only administrators can read, too."

// edition is the resource.
type edition struct {
	Name       *string `cty:"name"`
	ProductKey *string `cty:"product_key"`
	AcceptEULA *bool   `cty:"accept_eula"`

	Current *string            `cty:"current"`
	Applies *providers.Applies `cty:"applies"`
}

// Provider returns the kind.
func Provider() *providers.Provider {
	return providers.Typed[edition]{
		Kind: "edition", Doc: doc, Singleton: true, Phase: providers.PhaseEdition,
		Schema: schema(), Check: check, Claims: claims, Facts: facts, Read: read, List: list,
		Ways: []providers.TypedWay[edition]{byDISM(), {
			Name: providers.FirstBoot, Effect: providers.AtFirstBoot(), Needs: bootjob.Needs(),
			Check: passable, QueuedAt: queuedAt, Apply: providers.Each(apply),
		}},
	}.Provider()
}

func schema() dsl.Schema {
	return dsl.Schema{
		{Name: "name", Type: cty.String, Required: true, Fold: true,
			Doc: "ID of the edition: `Core` (Home), `Professional`, `Education`, `Enterprise`, `ServerStandard`, `ServerDatacenter` …"},
		{Name: "product_key", Type: cty.String, Sensitive: true,
			Doc: "Product key of the edition, needed for a change: five groups of five letters and digits. A key that Microsoft publishes for activation in a network is no secret; any other should come from a variable."},
		{Name: "accept_eula", Type: cty.Bool, Default: cty.False, Hint: true,
			Doc: "`true`: the licence terms of the edition are accepted. Windows Server is not changed without."},
		{Name: "current", Type: cty.String, Computed: true,
			Doc: "Edition that the image is now."},
		{Name: "applies", Type: cty.String, Computed: true, Applies: true,
			Doc: "`now` if the image is of the edition, `at first boot` if that is queued."},
	}
}

func facts(edition) []providers.Fact { return []providers.Fact{providers.Features{}} }

func claims(edition, bool) []providers.Claim {
	return []providers.Claim{providers.ClaimThing("edition", "")}
}

var (
	name = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{1,63}$`)
	key  = regexp.MustCompile(`^[A-Z0-9]{5}(-[A-Z0-9]{5}){4}$`)
)

func check(e *edition, absent bool) error {
	if absent {
		return providers.Problemf("", "An edition can't be absent", `Windows is always of one edition; name the one it shall be of instead of ensure = "absent".`)
	}
	if e.Name == nil || !name.MatchString(*e.Name) {
		return providers.Problemf("name", "Invalid name of an edition", `It must be the ID of an edition, such as "Professional" or "ServerDatacenter": letters and digits.`)
	}
	if e.AcceptEULA == nil {
		no := false
		e.AcceptEULA = &no
	}
	if e.ProductKey == nil {
		return nil
	}
	upper := strings.ToUpper(*e.ProductKey)
	if !key.MatchString(upper) {
		return providers.Problemf("product_key", "Invalid product key", "A product key consists of five groups of five letters and digits, with hyphens between them.")
	}
	e.ProductKey = &upper
	return nil
}

// infoOf is the image's Info, with the edition in its registry, which Windows uses.
func infoOf(ctx context.Context, s image.Session) (image.Info, error) {
	info, err := s.Info(ctx)
	if err != nil {
		return info, err
	}
	reg, err := providers.Need[image.Registry](s, image.CanRegistry)
	if err != nil {
		return info, err
	}
	const currentVersion = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`
	for value, to := range map[string]*string{"EditionID": &info.Edition, "InstallationType": &info.InstallationType} {
		v, err := reg.Value(currentVersion, value)
		if providers.Gone(err) != nil {
			return info, err
		}
		if err == nil && v.Type == hive.RegSZ {
			*to = hive.DecodeString(v.Data)
		}
	}
	return info, nil
}

// The job in the queue; there is at most one.
const jobKind, jobName, dataName = "edition", "edition", "name"

// variable is the environment variable with the product key for the script.
const variable = "PRODUCT_KEY"

func read(ctx context.Context, s image.Session, want edition) (*edition, error) {
	info, err := infoOf(ctx, s)
	if err != nil {
		return nil, err
	}
	if info.Edition == "" {
		return nil, providers.Problemf("name", "Edition is not known", "The image does not say which edition it is. Check that it is a Windows image.")
	}
	have := edition{Name: &info.Edition, ProductKey: want.ProductKey, Current: &info.Edition, Applies: new(providers.Applied)}
	job, queued, err := queuedJob(s)
	if err != nil || !queued {
		return &have, err
	}
	to, productKey, applies := job.Data[dataName], job.Environment[variable], providers.Queued
	have.Name, have.ProductKey, have.Applies = &to, &productKey, &applies
	if want.ProductKey == nil {
		have.ProductKey = nil
	}
	return &have, nil
}

func queuedJob(s image.Session) (bootjob.Job, bool, error) {
	if _, ok := image.As[image.FirstBoot](s); !ok {
		return bootjob.Job{}, false, nil // the image has no queue
	}
	return bootjob.Queued(s, jobKind, jobName)
}

func list(ctx context.Context, s image.Session) ([]edition, error) {
	info, err := infoOf(ctx, s)
	if err != nil || info.Edition == "" {
		return nil, err
	}
	have, err := read(ctx, s, edition{})
	if err != nil {
		return nil, err
	}
	return []edition{*have}, nil
}

// passable returns an error if the edition can't be changed this way in the image.
func passable(ctx context.Context, s image.Session, c providers.TypedChange[edition]) error {
	if c.Action == providers.Delete {
		return providers.Problemf("", "An edition can't be absent", "Name the edition it shall be of.")
	}
	if err := bootjob.Runnable(ctx, s); err != nil {
		return err
	}
	info, err := infoOf(ctx, s)
	if err != nil || strings.EqualFold(info.Edition, *c.Want.Name) {
		return err // back to what it is: the queue is cleared
	}
	files, err := providers.Need[image.Files](s, image.CanFiles)
	if err != nil {
		return err
	}
	errs := []error{cmp.Or(possible(files, info.Edition, *c.Want.Name), otherWindows(info, *c.Want.Name))}
	if c.Want.ProductKey == nil {
		errs = append(errs, providers.Problemf("product_key", "Product key is missing", "Windows changes its edition from %s to %s only with a product key of %s. Give one; of volume licences Microsoft publishes such keys (KMS client setup keys).", info.Edition, *c.Want.Name, *c.Want.Name))
	}
	if server(info) && !*c.Want.AcceptEULA {
		errs = append(errs, providers.Problemf("accept_eula", "Licence terms are not accepted", "Windows Server changes its edition only if the licence terms are accepted: accept_eula = true."))
	}
	return errors.Join(errs...)
}

// otherWindows refuses an edition of Windows Server for a client, and vice versa. ServerRdsh is a
// client: Enterprise multi-session.
func otherWindows(info image.Info, to string) error {
	wantServer := len(to) >= 6 && nt.Equal(to[:6], "Server") && !nt.Equal(to, "ServerRdsh")
	switch {
	case info.InstallationType == "Client" && wantServer:
		return providers.Problemf("name", "Edition can't become that", "%s is an edition of Windows Server, and the image is one of a client, %s. Start from an image of Windows Server.", to, info.Edition)
	case server(info) && !wantServer:
		return providers.Problemf("name", "Edition can't become that", "%s is no edition of Windows Server, which the image is, %s. Start from an image of that Windows.", to, info.Edition)
	}
	return nil
}

func server(info image.Info) bool { return strings.HasPrefix(info.InstallationType, "Server") }

func queuedAt(c providers.TypedChange[edition]) (providers.QueuePlace, bool) {
	return providers.QueuePlace{Order: bootjob.Order(bootjob.StageEdition, 0), ID: bootjob.ID(jobKind, jobName)}, c.Action != providers.Delete
}

func apply(ctx context.Context, s image.Session, _ providers.Host, c providers.TypedChange[edition]) error {
	info, err := infoOf(ctx, s)
	if err != nil {
		return err
	}
	if strings.EqualFold(info.Edition, *c.Want.Name) {
		return bootjob.Unqueue(s, jobKind, jobName)
	}
	if err := passable(ctx, s, c); err != nil {
		return err
	}
	how, err := mannerOf(s, info, *c.Want.Name)
	if err != nil {
		return err
	}
	return bootjob.Queue(ctx, s, job(*c.Want.Name, *c.Want.ProductKey, how))
}

// manner is how running Windows changes its edition.
type manner int

const (
	withProductKey manner = iota // Windows itself changes
	withLicence                  // only its licence changes
	withDISM                     // DISM, which changes running Windows only on a server
)

// mannerOf follows "Windows edition upgrade": from Professional to Enterprise no restart is
// required, from Core to Professional one is. The image says which editions differ only in the
// licence.
func mannerOf(s image.Session, info image.Info, to string) (manner, error) {
	if server(info) {
		return withDISM, nil
	}
	files, err := providers.Need[image.Files](s, image.CanFiles)
	if err != nil {
		return withProductKey, err
	}
	if same, err := licenceOnly(files, info.Edition, to); same || err != nil {
		return withLicence, err
	}
	return withProductKey, nil
}

// job is the work. According to "WindowsLicensing CSP", the machine restarts after changepk.exe,
// some time later, and another restart meanwhile makes it fail.
func job(to, productKey string, how manner) bootjob.Job {
	key := "%" + variable + "%"
	j := bootjob.Job{
		Kind: jobKind, Name: jobName, Title: "Change the edition to " + to, Stage: bootjob.StageEdition, Alone: true,
		Test:        bootjob.Test{Ask: []string{"/Get-CurrentEdition"}, Done: []string{"Current Edition : " + to}},
		Environment: map[string]string{variable: productKey}, Data: map[string]string{dataName: to},
	}
	switch how {
	case withLicence: // with //B slmgr.vbs prints nothing: it would print the key, and so into a log that stays
		j.Commands = []bootjob.Command{{Program: "cscript.exe", Args: []string{"//B", "//NoLogo", "slmgr.vbs", "/ipk", key}}}
	case withProductKey:
		j.Commands, j.When = []bootjob.Command{{Program: "changepk.exe", Args: []string{"/ProductKey", key}, Restarts: true}}, image.AfterSetup
	case withDISM:
		j.Commands = []bootjob.Command{{Args: []string{"/Set-Edition:" + to, "/ProductKey:" + key, "/AcceptEula"}}}
	}
	return j
}
