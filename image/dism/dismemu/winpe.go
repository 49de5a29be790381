package dismemu

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	winPE       = currentVersion + `\WinPE`
	writeFilter = `HKLM\SYSTEM\CurrentControlSet\Services\FBWF`
	threshold   = "WinPECacheThreshold"
)

// peOnly refuses images that are not of Windows PE.
func peOnly(do func(*serviced) error) func(*serviced) error {
	return func(img *serviced) error {
		if !img.isPE() {
			return fail(errUnsupported, "The image is not one of Windows PE.")
		}
		return do(img)
	}
}

func (img *serviced) scratchSpace() string {
	n, _ := img.number(writeFilter, threshold)
	return strconv.Itoa(int(n)) + "MB"
}

func (r *run) getPESettings() error {
	return r.inspect(peOnly(func(img *serviced) error {
		r.out.record([]field{{"Profiling", "Disabled"}, {"Scratch Space", img.scratchSpace()}, {"TargetPath", img.text(winPE, "InstRoot")}})
		return nil
	}))
}

func (r *run) getScratchSpace() error {
	return r.inspect(peOnly(func(img *serviced) error {
		r.out.record([]field{{"Scratch space", img.scratchSpace()}})
		return nil
	}))
}

func (r *run) setScratchSpace() error {
	text, err := r.need("Set-ScratchSpace")
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(text)
	if err != nil || !slices.Contains([]int{32, 64, 128, 256, 512}, n) {
		return fail(errParameter, "The scratch space must be 32, 64, 128, 256 or 512.")
	}
	return r.service(peOnly(func(img *serviced) error {
		if _, err := img.registry.Values(writeFilter); err != nil {
			return known(errNotFound)
		}
		return img.setNumber(writeFilter, threshold, uint32(n))
	}))
}

func (r *run) getTargetPath() error {
	return r.inspect(peOnly(func(img *serviced) error {
		r.out.record([]field{{"Target path", img.text(winPE, "InstRoot")}})
		return nil
	}))
}

// targetPath is what a target path may be: from a drive C to Z, absolute, without
// blanks, quotes or what is not ASCII, 3 to 32 characters.
var targetPath = regexp.MustCompile(`^[C-Zc-z]:\\[!#-~]{0,29}$`)

func (r *run) setTargetPath() error {
	path, err := r.need("Set-TargetPath")
	if err != nil {
		return err
	}
	if !targetPath.MatchString(path) {
		return fail(errParameter, "The target path %s is not valid.", path)
	}
	return r.service(peOnly(func(img *serviced) error {
		if err := img.setText(winPE, "InstRoot", path); err != nil {
			return err
		}
		return img.setText(currentVersion, "SystemRoot", strings.TrimSuffix(path, `\`)+`\Windows`)
	}))
}
