// Package security is the kind "security": hardening of Windows by typed settings
// and Microsoft's baselines, and policies on the image itself.
package security

import (
	"errors"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/settings"
)

const doc = "Hardening of Windows by typed settings, each with the document that defines it, and policies on the image itself.\n\n" +
	"A resource expands to simpler ones, mostly `registry` values, which plans show one by one:\n" +
	"`security.hardening/registry.smb1_server`. The tables below the arguments show these resources and the document for\n" +
	"each setting. `baseline` sets the values of one of Microsoft's baselines; other arguments override them, and\n" +
	"`\"unmanaged\"` removes a setting from the baseline. Settings that are unmanaged or not named keep their state in the\n" +
	"image; gild does not reset them. There can be several blocks if no two set the same thing. Each of these must be in\n" +
	"one block: the audit policy, passwords and lockout, the built-in accounts, the attack surface reduction rules, and\n" +
	"the firewall.\n\n" +
	"Windows stores some settings in a format that only Windows can write. A script sets them at the first boot:\n" +
	"the audit policy with `auditpol`, the policy for passwords and lockout with `net accounts`, the built-in accounts\n" +
	"with PowerShell. Domain group policy overrides all settings. There is no setting for tamper protection of Defender:\n" +
	"it is enabled in the Windows Security app or by Intune, and ignores policies in the registry.\n\n" +
	"Three arguments are about the image. `max_update_age` and `require_signed_drivers` change nothing: gild verifies\n" +
	"them after all other steps, and `gild apply` fails if the image does not fulfil them. The age is calculated on the\n" +
	"day of the run, so an image will need a newer update one day without a change of the configuration. `image_access`\n" +
	"expands to a resource of that kind."

const (
	attrAccess  = "image_access"
	attrDynamic = "dynamic_update"
	attrAge     = "max_update_age"
	attrSigned  = "require_signed_drivers"
)

// Provider returns the kind.
func Provider() *providers.Provider { return provider(time.Now) }

// kind is the kind with the clock for calculating ages.
type kind struct {
	catalogue *settings.Catalogue
	now       func() time.Time
}

func provider(now func() time.Time) *providers.Provider {
	k := &kind{Catalogue(), now}
	return providers.Typed[cty.Value]{
		Kind: "security", Doc: doc, Phase: providers.PhaseVerification, Schema: k.schema(), Appendix: k.catalogue.Reference,
		Check: k.check, Claims: claims, Expand: k.expand, Read: k.read, Again: again,
		Ways: []providers.Way{{
			Name: "verify", Effect: providers.Effect{Text: "verified after all other steps; changes nothing"},
			Needs: []image.Capability{image.CanFiles, image.CanRegistry},
			Check: fulfillable, Apply: k.verify,
		}},
	}.Provider()
}

// Catalogue returns the settings.
func Catalogue() *settings.Catalogue {
	c := &settings.Catalogue{Presets: baselines(), PresetAttr: "baseline", Scripts: scripts()}
	for _, part := range [][]settings.Setting{
		smb(), credentials(), authentication(), uac(), logon(), system(), network(), firewall(), schannel(), remote(), printing(),
		defender(), surface(), logging(), audit(), accounts(), updates(), bitlocker(), privacy(),
	} {
		c.Settings = append(c.Settings, part...)
	}
	return c
}

func (k *kind) schema() dsl.Schema {
	return append(k.catalogue.Schema(), dsl.Schema{
		{Name: attrAccess, Type: cty.DynamicPseudoType,
			Doc: "Owner of the output file, and who may read and write it: an object with the arguments of the kind [image_access](image_access.md)."},
		{Name: attrDynamic, Type: cty.Bool,
			Doc: "Whether Windows Setup searches for updates of itself. Only for images that contain Setup, such as the second one in `boot.wim`: gild writes it to `sources/Autounattend.xml`, which Setup reads."},
		{Name: attrAge, Type: cty.String,
			Doc: "Maximum age of the newest cumulative update in the image, in days: `\"45d\"`. The age counts from the date of the update or, if its manifest has none, from the date of its installation into the image. An update that is queued for the first boot counts as new."},
		{Name: attrSigned, Type: cty.Bool,
			Doc: "`true`: all drivers that did not come with Windows must be signed, according to the driver store of the image."},
	}...)
}

func (k *kind) check(want *cty.Value, absent bool) error {
	if absent {
		return &providers.Problem{Summary: "Can't be absent",
			Detail: `A setting has no state before this one to go back to. Remove the block, or set single settings to "` + settings.Unmanaged + `", to leave them as they are.`}
	}
	checked, err := k.catalogue.Check(*want)
	errs := []error{err}
	if age := text(*want, attrAge); age != "" {
		_, err := days(age)
		errs = append(errs, err)
	}
	access, err := checkAccess(want.GetAttr(attrAccess))
	if err := errors.Join(append(errs, err)...); err != nil {
		return err
	}
	values := checked.AsValueMap()
	values[attrAccess] = access
	*want = cty.ObjectVal(values)
	return errors.Join(k.checkLockout(*want), k.checkVersions(*want), checkSomething(*want))
}

// checkLockout refuses, as Windows does, accounts that are unlocked before the count of
// failed logons is reset.
func (k *kind) checkLockout(want cty.Value) error {
	chosen := k.catalogue.Chosen(want)
	window, duration := chosen["lockout_window"], chosen["lockout_duration"]
	if window == "" || duration == "" || number64(duration) >= number64(window) {
		return nil
	}
	return &providers.Problem{Attr: "lockout_duration", Summary: "Too short",
		Detail: "An account must stay locked as long as failed logons are remembered: lockout_duration is " + duration + " minutes, and lockout_window " + window + "."}
}

// checkVersions refuses a minimum version of SMB above the maximum. The names sort as text.
func (k *kind) checkVersions(want cty.Value) error {
	chosen := k.catalogue.Chosen(want)
	var errs []error
	for _, side := range []string{"smb_server", "smb_client"} {
		low, high := chosen[side+"_min_version"], chosen[side+"_max_version"]
		if low != "" && high != "" && low > high {
			errs = append(errs, &providers.Problem{Attr: side + "_max_version", Summary: "No version left",
				Detail: "There is no version of SMB between " + side + "_min_version, " + low + ", and " + side + "_max_version, " + high + "."})
		}
	}
	return errors.Join(errs...)
}

func checkSomething(want cty.Value) error {
	for _, v := range want.AsValueMap() {
		if !v.IsNull() {
			return nil
		}
	}
	return &providers.Problem{Summary: "Nothing to set", Detail: `Name a setting, or begin with baseline = "microsoft-24h2".`}
}

// claims claims the policies, so that no two blocks set the same one.
func claims(want cty.Value, _ bool) []providers.Claim {
	var list []providers.Claim
	for _, attr := range []string{attrAge, attrSigned} {
		if !want.GetAttr(attr).IsNull() {
			list = append(list, providers.ClaimThing("policy", attr))
		}
	}
	return list
}

func (k *kind) expand(want cty.Value, absent bool) ([]providers.Child, error) {
	if absent {
		return nil, nil
	}
	children := k.catalogue.Expand(want)
	if access := want.GetAttr(attrAccess); !access.IsNull() {
		children = append(children, providers.Child{Of: accessOf(access), Attr: attrAccess})
	}
	if dynamic := want.GetAttr(attrDynamic); !dynamic.IsNull() {
		children = append(children, providers.Child{Name: attrDynamic, Attr: attrDynamic, Of: providers.Answers{
			Path: setupAnswers, Pass: "windowsPE", Component: "Microsoft-Windows-Setup",
			Settings: cty.ObjectVal(map[string]cty.Value{"DynamicUpdate": cty.ObjectVal(map[string]cty.Value{"Enable": dynamic})}),
		}})
	}
	return children, nil
}

// again verifies policies again after a change that can violate them, even if the image
// fulfils them before.
func again(want cty.Value, earlier []providers.Earlier) string {
	for _, e := range earlier {
		for _, fact := range e.Facts {
			switch fact.(type) {
			case providers.Drivers:
				if want.GetAttr(attrSigned).RawEquals(cty.True) {
					return "drivers are changed before it"
				}
			case providers.Updates:
				if !want.GetAttr(attrAge).IsNull() {
					return "updates are changed before it"
				}
			}
		}
	}
	return ""
}

func text(v cty.Value, attr string) string {
	if a := v.GetAttr(attr); !a.IsNull() {
		return a.AsString()
	}
	return ""
}
