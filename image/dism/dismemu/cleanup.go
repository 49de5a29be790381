package dismemu

import (
	"strings"

	"github.com/gildhq/gild/image/dism/dismemu/cbs"
)

// cleanupImage is /Cleanup-Image with the one option that says what to do.
func (r *run) cleanupImage() error {
	options := map[string]func() error{
		"CheckHealth": r.checkHealth, "ScanHealth": r.scanHealth, "RestoreHealth": r.restoreHealth,
		"StartComponentCleanup": r.componentCleanup,
	}
	var do func() error
	for name, f := range options {
		if r.args.has(name) {
			if do != nil {
				return fail(errParameter, "The options of /Cleanup-Image can't be combined.")
			}
			do = f
		}
	}
	if do == nil {
		return missingOption("checkhealth, scanhealth, restorehealth or startcomponentcleanup")
	}
	if !r.args.has("StartComponentCleanup") && (r.args.has("ResetBase") || r.args.has("Defer")) || r.args.has("Defer") && !r.args.has("ResetBase") {
		return fail(errParameter, "/ResetBase goes with /StartComponentCleanup, and /Defer with /ResetBase.")
	}
	return do()
}

// superseded returns the packages that a cleanup removes.
func (img *serviced) superseded(r *run) ([]string, error) {
	list, err := img.records().Packages()
	if err != nil {
		return nil, err
	}
	var found []string
	for _, p := range list {
		if p.State == cbs.Superseded {
			found = append(found, p.Identity)
		}
	}
	return found, nil
}

// componentCleanup removes what was superseded; /ResetBase makes all updates stay.
func (r *run) componentCleanup() error {
	return r.service(func(img *serviced) error {
		if len(img.records().Pending()) > 0 {
			return known(errPending)
		}
		found, err := img.superseded(r)
		if err != nil {
			return err
		}
		for i, identity := range found {
			if i > 0 {
				if err := r.midway(nil); err != nil {
					return err
				}
			}
			if err := img.uninstall(identity); err != nil {
				return err
			}
		}
		if r.args.has("ResetBase") {
			if err := img.resetBase(r); err != nil {
				return err
			}
		}
		r.out.progress()
		return nil
	})
}

func (img *serviced) resetBase(r *run) error {
	list, err := img.records().Packages()
	if err != nil {
		return err
	}
	for _, p := range list {
		if strings.HasPrefix(p.Identity, "Package_for_") && p.State == cbs.Installed {
			if err := img.setNumber(cbsRecords+`\`+p.Identity, "CurrentState", uint32(cbs.Permanent)); err != nil {
				return err
			}
		}
	}
	return img.setText(cbsKey, "LastResetBase_UTC", r.now().UTC().Format("2006/01/02:15:04:05.000"))
}
