package dismemu

import (
	"slices"
	"strings"
)

// command is an option that names an action.
type command struct {
	name    string
	others  []string // more options for the same action
	options []string // allowed options, in addition to the global ones
	image   bool     // services an image: needs /Image
	run     func(*run) error
}

// commands returns the emulated commands: only those that gild runs, with only the options
// that it uses.
func commands() []*command {
	return slices.Concat(imagingCommands(), packageCommands(), otherCommands())
}

func imagingCommands() []*command {
	return []*command{
		{name: "Get-ImageInfo", options: []string{"ImageFile", "Index"}, run: getImageInfo},
		{name: "Mount-Image", options: []string{"ImageFile", "Index", "MountDir", "ReadOnly", "Optimize"}, run: mountImage},
		{name: "Commit-Image", options: []string{"MountDir"}, run: commitImage},
		{name: "Unmount-Image", options: []string{"MountDir", "Discard"}, run: unmountImage},
		{name: "Remount-Image", options: []string{"MountDir"}, run: remountImage},
		{name: "Get-MountedImageInfo", run: getMounted},
		{name: "Cleanup-Mountpoints", run: cleanupMountpoints},
	}
}

func packageCommands() []*command {
	return []*command{
		{name: "Get-Packages", image: true, run: getPackages},
		{name: "Add-Package", image: true, options: []string{"PackagePath", "IgnoreCheck"}, run: addPackage},
		{name: "Remove-Package", image: true, options: []string{"PackageName"}, run: removePackage},
		{name: "Get-Features", image: true, options: []string{"PackageName"}, run: getFeatures},
		{name: "Get-FeatureInfo", image: true, options: []string{"FeatureName"}, run: getFeatureInfo},
		{name: "Enable-Feature", image: true, options: []string{"FeatureName", "PackageName", "Source", "LimitAccess", "All"}, run: enableFeature},
		{name: "Disable-Feature", image: true, options: []string{"FeatureName", "PackageName", "Remove"}, run: disableFeature},
		{name: "Get-Capabilities", image: true, run: getCapabilities},
		{name: "Add-Capability", image: true, options: []string{"CapabilityName", "Source", "LimitAccess"}, run: addCapability},
		{name: "Remove-Capability", image: true, options: []string{"CapabilityName"}, run: removeCapability},
		{name: "Cleanup-Image", image: true, options: []string{"CheckHealth", "ScanHealth", "RestoreHealth", "StartComponentCleanup",
			"ResetBase", "Defer", "Source", "LimitAccess"}, run: cleanupImage},
	}
}

func otherCommands() []*command {
	return []*command{
		{name: "Get-Drivers", image: true, run: getDrivers},
		{name: "Add-Driver", image: true, options: []string{"Driver", "ForceUnsigned"}, run: addDriver},
		{name: "Remove-Driver", image: true, options: []string{"Driver"}, run: removeDriver},
		{name: "Get-Intl", image: true, run: getIntl},
		{name: intlOptions[0], others: intlOptions[1:], image: true, run: setIntl},
		{name: "Get-CurrentEdition", image: true, run: getCurrentEdition},
		{name: "Set-Edition", image: true, run: setEdition},
		{name: "Set-ProductKey", image: true, run: setProductKey},
		{name: "Get-ProvisionedAppxPackages", image: true, run: getApps},
		{name: "Add-ProvisionedAppxPackage", image: true, options: []string{"PackagePath", "DependencyPackagePath", "LicensePath", "SkipLicense", "Region"}, run: addApp},
		{name: "Remove-ProvisionedAppxPackage", image: true, options: []string{"PackageName"}, run: removeApp},
		{name: "Import-DefaultAppAssociations", image: true, run: importAssociations},
		{name: "Remove-DefaultAppAssociations", image: true, run: removeAssociations},
	}
}

// global are the options of every command.
var global = []string{"English", "LogPath", "LogLevel", "ScratchDir", "NoRestart", "Image"}

// checkGlobal checks the folders of the global options.
func (r *run) checkGlobal() error {
	for _, option := range []string{"ScratchDir", "Image"} {
		if dir, ok := r.args.get(option); ok && !isDir(dir) {
			return known(errPathNotFound, dir)
		}
	}
	return nil
}

// command returns the only command on the command line, and refuses options that the command
// does not have.
func (r *run) command() (*command, error) {
	var found *command
	for _, cmd := range commands() {
		if slices.ContainsFunc(append([]string{cmd.name}, cmd.others...), r.args.has) {
			if found != nil {
				return nil, &failure{code: errParameter, lines: []string{"The command line holds more than one command: " + found.name + " and " + cmd.name + ".", helpLine}}
			}
			found = cmd
		}
	}
	known := global
	if found != nil {
		known = slices.Concat(global, found.options, []string{found.name}, found.others)
	}
	for _, a := range r.args {
		if !slices.ContainsFunc(known, func(name string) bool { return strings.EqualFold(name, a.name) }) {
			return nil, unknownOption(a.name)
		}
	}
	switch {
	case found == nil:
		return nil, &failure{code: errParameter, lines: []string{"No command is given.", helpLine}}
	case found.image && !r.args.has("Image"):
		return nil, missingOption("image")
	}
	return found, nil
}

// need returns the value of a required option.
func (r *run) need(name string) (string, error) {
	if v, _ := r.args.get(name); v != "" {
		return v, nil
	}
	return "", missingOption(strings.ToLower(name))
}
