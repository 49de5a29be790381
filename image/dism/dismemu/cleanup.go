package dismemu

import (
	"strings"

	"github.com/gildhq/gild/image/dism/dismemu/cbs"
)

// cleanupImage runs /Cleanup-Image, with exactly one of the options for an action.
func cleanupImage(r *run) error {
	options := map[string]func(*run) error{
		"CheckHealth": checkHealth, "ScanHealth": scanHealth, "RestoreHealth": restoreHealth,
		"StartComponentCleanup": componentCleanup,
	}
	var do func(*run) error
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
	return do(r)
}

// superseded returns the packages that a cleanup removes.
func superseded(img *serviced) ([]string, error) {
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

// componentCleanup removes superseded packages; with /ResetBase updates become permanent.
func componentCleanup(r *run) error {
	return r.service(func(img *serviced) error {
		if len(img.records().Pending()) > 0 {
			return known(errPending)
		}
		found, err := superseded(img)
		if err != nil {
			return err
		}
		for i, identity := range found {
			if i > 0 {
				if err := r.midway(nil); err != nil {
					return err
				}
			}
			if err := (&packages{run: r, img: img}).uninstall(identity); err != nil {
				return err
			}
		}
		if r.args.has("ResetBase") {
			if err := resetBase(r, img); err != nil {
				return err
			}
		}
		r.out.progress()
		return nil
	})
}

func resetBase(r *run, img *serviced) error {
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
