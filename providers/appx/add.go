package appx

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/payload"
)

var (
	region     = regexp.MustCompile(`^(all|[A-Z]{2})$`)
	extensions = []string{".appx", ".msix", ".appxbundle", ".msixbundle"}
)

// checkAddition refuses what can't be added.
func checkAddition(a *app) error {
	const contradiction = "Contradicting arguments"
	if a.Source == nil {
		switch {
		case a.Dependencies != nil:
			return providers.Problemf("dependencies", contradiction, "Dependencies go with the source of an app.")
		case a.License != nil:
			return providers.Problemf("license", contradiction, "A licence goes with the source of an app.")
		}
		return nil
	}
	names := append([]string{*a.Source}, a.Dependencies...)
	for i, n := range names {
		attr := "dependencies"
		if i == 0 {
			attr = "source"
		}
		if !slices.Contains(extensions, strings.ToLower(path.Ext(address.Name(n)))) {
			return providers.Problemf(attr, "Not a package", "%q must end in %s.", n, strings.Join(extensions, ", "))
		}
	}
	if a.Regions == nil {
		a.Regions = []string{"all"}
	}
	if len(a.Regions) == 0 || len(a.Regions) > 1 && slices.Contains(a.Regions, "all") {
		return providers.Problemf("regions", "Invalid regions", `Give "all", or codes of two letters like "US".`)
	}
	for _, r := range a.Regions {
		if !region.MatchString(r) {
			return providers.Problemf("regions", "Invalid region", `%q is neither "all" nor a code of two capital letters like "US".`, r)
		}
	}
	return nil
}

// resolve reads the source.
func resolve(ctx context.Context, host providers.Host, a *app) error {
	if a.Source == nil {
		return nil
	}
	files, err := filesOf(ctx, host, a)
	if err != nil {
		return err
	}
	p, err := readPackage(host.Path(*a.Source))
	if err != nil {
		return providers.Problemf("source", "Invalid package", "%s is no package of an app: %v. Get the file again.", *a.Source, err)
	}
	if !strings.EqualFold(p.name, a.Name) {
		return providers.Problemf("name", "Another app", "%s is the app %q, not %q. Write name = %q.", *a.Source, p.name, a.Name, p.name)
	}
	var given []packed
	for _, d := range a.Dependencies {
		one, err := readPackage(host.Path(d))
		if err != nil {
			return providers.Problemf("dependencies", "Invalid package", "%s is no package of an app: %v. Get the file again.", d, err)
		}
		given = append(given, one)
	}
	a.Requires, a.Provides = needs(p, given)
	slices.Sort(p.architectures)
	a.Architectures, a.Version, a.Identity = slices.Compact(p.architectures), &p.version, &p.full
	text := a.digestWith(files)
	a.Digest = &text
	if err := a.job(files, nil).Check(); err != nil {
		return providers.Problemf("", "Unsuitable files", "They can't be added at the first boot: %v. Give fewer files, or shorter names.", err)
	}
	return nil
}

// digestWith is the digest of everything that decides how the app is added.
func (a *app) digestWith(files image.Payload) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %v %t", files.ID(), a.Regions, a.License != nil))
	return hex.EncodeToString(sum[:])
}

// Names in the payload, distinct for files with equal names.
const dependenciesFolder, licenseFile = "dependencies/", "license.xml"

// filesOf are the files to be copied into the image.
func filesOf(ctx context.Context, host providers.Host, a *app) (image.Payload, error) {
	var p image.Payload
	add := func(attr, name, as string) error {
		f, err := payload.File(ctx, host, attr, name)
		if as != "" {
			f.Name = as + f.Name
		}
		if as == licenseFile {
			f.Name = as
		}
		p.Files = append(p.Files, f)
		return err
	}
	if err := add("source", *a.Source, ""); err != nil {
		return p, err
	}
	for i, d := range a.Dependencies {
		if err := add("dependencies", d, fmt.Sprintf("%s%d/", dependenciesFolder, i+1)); err != nil {
			return p, err
		}
	}
	if a.License == nil {
		return p, nil
	}
	return p, add("license", *a.License, licenseFile)
}

// jobKind is the kind of the jobs in the queue.
const jobKind = "appx"

// What a job keeps for later readers of the queue.
const dataDigest, dataVersion, dataIdentity = "digest", "version", "identity"

func queued(s image.Session, name string) (bootjob.Job, bool, error) {
	if _, ok := image.As[image.FirstBoot](s); !ok {
		return bootjob.Job{}, false, nil // the image has no queue
	}
	return bootjob.Queued(s, jobKind, strings.ToLower(name))
}

// job is the work of adding the app. Have are the packages in the image.
func (a *app) job(files image.Payload, have []identity) bootjob.Job {
	j := bootjob.Job{
		Kind: jobKind, Name: strings.ToLower(a.Name), Title: "Add the app " + a.Name + " " + *a.Version, Stage: bootjob.StageApp,
		Payloads: []image.Payload{files},
		Data:     map[string]string{dataDigest: *a.Digest, dataVersion: *a.Version, dataIdentity: *a.Identity},
	}
	again := false
	for _, i := range have {
		again = again || strings.EqualFold(i.full, *a.Identity)
		if older(*a.Version, i.version) {
			j.Commands = append(j.Commands, bootjob.Command{Args: []string{"/Remove-ProvisionedAppxPackage", "/PackageName:" + i.full}})
		}
	}
	args := []string{"/Add-ProvisionedAppxPackage", "/PackagePath:" + files.Path(files.Files[0].Name)}
	for _, f := range files.Files[1:] {
		if strings.HasPrefix(f.Name, dependenciesFolder) {
			args = append(args, "/DependencyPackagePath:"+files.Path(f.Name))
		}
	}
	if a.License != nil {
		args = append(args, "/LicensePath:"+files.Path(licenseFile))
	} else {
		args = append(args, "/SkipLicense")
	}
	j.Commands = append(j.Commands, bootjob.Command{Args: append(args, "/Region:"+strings.Join(a.Regions, ";"))})
	// An app that is added again because of earlier changes is in the image already, so its
	// presence proves nothing.
	if !again {
		j.Test = bootjob.Test{Ask: []string{"/Get-ProvisionedAppxPackages"}, Done: []string{"PackageName : " + *a.Identity}}
	}
	return j
}

// add queues the app.
func add(ctx context.Context, s image.Session, host providers.Host, a app, have []identity) error {
	files, err := filesOf(ctx, host, &a)
	if err == nil {
		err = payload.Planned(*a.Source, *a.Digest, a.digestWith(files))
	}
	if err != nil {
		return err
	}
	return bootjob.Queue(ctx, s, a.job(files, have))
}

// addable returns an error if the app can't be added to the image.
func addable(ctx context.Context, s image.Session, a app) error {
	if err := hasSource(a); err != nil {
		return err
	}
	return bootjob.Runnable(ctx, s)
}

func hasSource(a app) error {
	if a.Source != nil {
		return nil
	}
	return providers.Problemf("source", "App is not in the image", "The image has no provisioned app %s. Set source to the file of its package or bundle, to add it.", a.Name)
}

// fits refuses an app that is not for the image.
func fits(ctx context.Context, s image.Session, a app, have []identity) error {
	if a.Source == nil || a.Version == nil {
		return nil
	}
	info, err := s.Info(ctx)
	if err != nil {
		return err
	}
	if !runsOn(info.Arch, a.Architectures) {
		return providers.Problemf("source", "Wrong architecture", "%s is for %s, and the image is of the architecture %s.", *a.Source, strings.Join(a.Architectures, ", "), info.Arch)
	}
	for _, i := range have {
		if older(*a.Version, i.version) && !providers.Is(a.AllowOlder, true) {
			return providers.Problemf("source", "Older than what the image has",
				"%s is version %s, and the image has version %s. Take a newer one, or set allow_older = true to replace it.", *a.Source, *a.Version, i.version)
		}
	}
	return nil
}

// again says why an app in the image must be added again: a bundle brings the resources of only
// those languages that are in the image when it is added ("Add languages to a Windows image" in the
// documentation of Windows).
func again(want app, earlier []providers.Earlier) string {
	if want.Source == nil || !strings.HasSuffix(strings.ToLower(address.Name(*want.Source)), "bundle") {
		return ""
	}
	for range providers.Told[providers.Language](earlier) {
		return "languages change before it, and a bundle brings the resources of those that are there"
	}
	return ""
}
