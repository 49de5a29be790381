package dismemu

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/gildhq/gild/image/dism/dismemu/cbs"
)

// cleanupImage is /Cleanup-Image with the one option that says what to do.
func (r *run) cleanupImage() error {
	options := map[string]func() error{
		"CheckHealth": r.checkHealth, "ScanHealth": r.scanHealth, "RestoreHealth": r.restoreHealth,
		"AnalyzeComponentStore": r.analyzeStore, "StartComponentCleanup": r.componentCleanup,
		"SPSuperseded": r.supersededServicePack, "RevertPendingActions": r.revertPending,
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
		return missingOption("checkhealth, scanhealth, restorehealth, analyzecomponentstore, startcomponentcleanup or revertpendingactions")
	}
	if !r.args.has("StartComponentCleanup") && (r.args.has("ResetBase") || r.args.has("Defer")) || r.args.has("Defer") && !r.args.has("ResetBase") {
		return fail(errParameter, "/ResetBase goes with /StartComponentCleanup, and /Defer with /ResetBase.")
	}
	return do()
}

// analyzeStore tells how large the component store is. Which of its files are links
// of others the folder does not tell, so all but backups and caches counts as shared.
func (r *run) analyzeStore() error {
	return r.inspect(func(img *serviced) error {
		total, err := img.size("Windows/WinSxS")
		if err != nil {
			return err
		}
		backups, err := img.size("Windows/WinSxS/Backup")
		if err != nil {
			return err
		}
		var cache int64
		for _, name := range []string{"Temp", "ManifestCache"} {
			n, err := img.size("Windows/WinSxS/" + name)
			if err != nil {
				return err
			}
			cache += n
		}
		superseded, err := img.superseded(r)
		if err != nil {
			return err
		}
		r.out.progress()
		l := r.locale
		r.out.line("")
		r.out.line("Component Store (WinSxS) information:")
		r.out.line("")
		r.out.line("Windows Explorer Reported Size of Component Store : %s", l.size(total))
		r.out.line("")
		r.out.line("Actual Size of Component Store : %s", l.size(total))
		r.out.line("")
		r.out.line("    Shared with Windows : %s", l.size(total-backups-cache))
		r.out.line("    Backups and Disabled Features : %s", l.size(backups))
		r.out.line("    Cache and Temporary Data : %s", l.size(cache))
		r.out.line("")
		if at := img.lastCleanup(); at != "" {
			r.out.line("Date of Last Cleanup : %s", at)
			r.out.line("")
		}
		r.out.line("Number of Reclaimable Packages : %d", len(superseded))
		r.out.line("Component Store Cleanup Recommended : %s", yes(len(superseded) > 0))
		r.out.line("")
		return nil
	})
}

// lastCleanup is when the store was last reset; the registry has it as
// 2024/04/01:07:12:05.000.
func (img *serviced) lastCleanup() string {
	day, time, ok := strings.Cut(img.text(cbsKey, "LastResetBase_UTC"), ":")
	if !ok {
		return ""
	}
	time, _, _ = strings.Cut(time, ".")
	return strings.ReplaceAll(day, "/", "-") + " " + time
}

// size is the content of all files in a folder, 0 if it is not there.
func (img *serviced) size(folder string) (total int64, err error) {
	err = fs.WalkDir(img.files, folder, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	return total, gone(err)
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

// supersededServicePack removes the backup of a service pack, which no Windows since
// 8 has.
func (r *run) supersededServicePack() error {
	return r.service(func(*serviced) error {
		r.out.line("Service Pack Cleanup cannot proceed: No service pack backup files were found.")
		return nil
	})
}

// revertPending takes back what would be brought to an end at the next start.
func (r *run) revertPending() error {
	return r.service(func(img *serviced) error {
		if img.isPE() {
			return known(errUnsupported)
		}
		list, err := img.records().Packages()
		if err != nil {
			return err
		}
		for _, p := range list {
			switch p.State {
			case cbs.InstallPending:
				err = img.uninstall(p.Identity)
			case cbs.UninstallPending:
				err = img.setPackage(p.Identity, cbs.Installed, r.now())
			}
			if err != nil {
				return err
			}
		}
		if err := r.revertFeatures(img); err != nil {
			return err
		}
		r.out.progress()
		return img.nothingPending()
	})
}

func (r *run) revertFeatures(img *serviced) error {
	list, err := img.records().Features()
	if err != nil {
		return err
	}
	c := &featureChange{run: r, img: img, list: list}
	back := map[string]cbs.State{"Enable Pending": cbs.Staged, "Disable Pending": cbs.Installed}
	for i := range list {
		if state, pending := back[list[i].Status]; pending {
			if err := c.set(&list[i], state); err != nil {
				return err
			}
		}
	}
	return nil
}

// nothingPending removes all that tells of pending work.
func (img *serviced) nothingPending() error {
	var errs []error
	for _, name := range []string{"PackagesPending", "SessionsPending"} {
		below, err := img.registry.Subkeys(cbsKey + `\` + name)
		errs = append(errs, gone(err))
		for _, sub := range below {
			errs = append(errs, img.registry.DeleteKey(fmt.Sprintf(`%s\%s\%s`, cbsKey, name, sub)))
		}
	}
	return errors.Join(append(errs,
		gone(img.registry.DeleteKey(cbsKey+`\RebootPending`)),
		gone(img.registry.DeleteKey(cbsKey+`\RebootInProgress`)),
		gone(img.registry.DeleteValue(`HKLM\COMPONENTS`, "PendingXmlIdentifier")),
		gone(img.files.Remove("Windows/WinSxS/pending.xml")))...)
}
