package dismemu

import (
	"slices"
	"strings"
)

// command is an option that says what to do.
type command struct {
	name    string
	aliases []string // older spellings
	options []string // options it takes, in addition to the global ones
	image   bool     // services an image: needs /Image
	run     func(*run) error
}

// commands are those that are emulated.
func commands() []*command {
	return slices.Concat(imagingCommands(), packageCommands(), otherCommands())
}

func imagingCommands() []*command {
	return []*command{
		{name: "Get-ImageInfo", aliases: []string{"Get-WimInfo"}, options: []string{"ImageFile", "WimFile", "Index", "Name"}, run: (*run).getImageInfo},
		{name: "Mount-Image", aliases: []string{"Mount-Wim"}, options: []string{"ImageFile", "WimFile", "Index", "Name", "MountDir", "ReadOnly", "Optimize", "CheckIntegrity"}, run: (*run).mountImage},
		{name: "Commit-Image", aliases: []string{"Commit-Wim"}, options: []string{"MountDir", "CheckIntegrity"}, run: (*run).commitImage},
		{name: "Unmount-Image", aliases: []string{"Unmount-Wim"}, options: []string{"MountDir", "Commit", "Discard", "CheckIntegrity"}, run: (*run).unmountImage},
		{name: "Remount-Image", aliases: []string{"Remount-Wim"}, options: []string{"MountDir"}, run: (*run).remountImage},
		{name: "Get-MountedImageInfo", aliases: []string{"Get-MountedWimInfo"}, run: (*run).getMounted},
		{name: "Cleanup-Mountpoints", aliases: []string{"Cleanup-Wim"}, run: (*run).cleanupMountpoints},
		{name: "Export-Image", options: []string{"SourceImageFile", "SourceIndex", "SourceName", "DestinationImageFile", "DestinationName", "Compress", "CheckIntegrity"}, run: (*run).exportImage},
		{name: "Capture-Image", options: []string{"ImageFile", "CaptureDir", "Name", "Description", "Compress", "Bootable", "CheckIntegrity", "Verify", "NoRpFix", "EA"}, run: (*run).captureImage},
		{name: "Append-Image", options: []string{"ImageFile", "CaptureDir", "Name", "Description", "CheckIntegrity", "Verify", "NoRpFix"}, run: (*run).appendImage},
		{name: "Apply-Image", options: []string{"ImageFile", "Index", "Name", "ApplyDir", "CheckIntegrity", "Verify", "NoRpFix", "EA"}, run: (*run).applyImage},
		{name: "Delete-Image", options: []string{"ImageFile", "Index", "Name", "CheckIntegrity"}, run: (*run).deleteImage},
		{name: "Split-Image", options: []string{"ImageFile", "SWMFile", "FileSize", "CheckIntegrity"}, run: (*run).splitImage},
	}
}

func packageCommands() []*command {
	return []*command{
		{name: "Get-Packages", image: true, run: (*run).getPackages},
		{name: "Get-PackageInfo", image: true, options: []string{"PackageName", "PackagePath"}, run: (*run).getPackageInfo},
		{name: "Add-Package", image: true, options: []string{"PackagePath", "IgnoreCheck", "PreventPending"}, run: (*run).addPackage},
		{name: "Remove-Package", image: true, options: []string{"PackageName", "PackagePath"}, run: (*run).removePackage},
		{name: "Get-Features", image: true, options: []string{"PackageName"}, run: (*run).getFeatures},
		{name: "Get-FeatureInfo", image: true, options: []string{"FeatureName", "PackageName"}, run: (*run).getFeatureInfo},
		{name: "Enable-Feature", image: true, options: []string{"FeatureName", "PackageName", "Source", "LimitAccess", "All"}, run: (*run).enableFeature},
		{name: "Disable-Feature", image: true, options: []string{"FeatureName", "PackageName", "Remove"}, run: (*run).disableFeature},
		{name: "Get-Capabilities", image: true, run: (*run).getCapabilities},
		{name: "Get-CapabilityInfo", image: true, options: []string{"CapabilityName"}, run: (*run).getCapabilityInfo},
		{name: "Add-Capability", image: true, options: []string{"CapabilityName", "Source", "LimitAccess"}, run: (*run).addCapability},
		{name: "Remove-Capability", image: true, options: []string{"CapabilityName"}, run: (*run).removeCapability},
		{name: "Cleanup-Image", image: true, options: []string{"CheckHealth", "ScanHealth", "RestoreHealth", "AnalyzeComponentStore", "StartComponentCleanup",
			"ResetBase", "Defer", "RevertPendingActions", "SPSuperseded", "HideSP", "Source", "LimitAccess"}, run: (*run).cleanupImage},
	}
}

func otherCommands() []*command {
	return []*command{
		{name: "Get-Drivers", image: true, options: []string{"All"}, run: (*run).getDrivers},
		{name: "Get-DriverInfo", image: true, options: []string{"Driver"}, run: (*run).getDriverInfo},
		{name: "Add-Driver", image: true, options: []string{"Driver", "Recurse", "ForceUnsigned"}, run: (*run).addDriver},
		{name: "Remove-Driver", image: true, options: []string{"Driver"}, run: (*run).removeDriver},
		{name: "Get-Intl", image: true, options: []string{"Distribution"}, run: (*run).getIntl},
		{name: "Gen-LangINI", image: true, options: []string{"Distribution"}, run: (*run).generateLangINI},
		{name: intlOptions[0], aliases: intlOptions[1:], image: true, run: (*run).setIntl},
		{name: "Get-CurrentEdition", image: true, run: (*run).getCurrentEdition},
		{name: "Get-TargetEditions", image: true, run: (*run).getTargetEditions},
		{name: "Set-Edition", image: true, options: []string{"ProductKey", "AcceptEula"}, run: (*run).setEdition},
		{name: "Set-ProductKey", image: true, run: (*run).setProductKey},
		{name: "Get-ProvisionedAppxPackages", image: true, run: (*run).getApps},
		{name: "Add-ProvisionedAppxPackage", image: true, options: []string{"PackagePath", "FolderPath", "DependencyPackagePath", "LicensePath", "SkipLicense",
			"CustomDataPath", "Region", "StubPackageOption"}, run: (*run).addApp},
		{name: "Remove-ProvisionedAppxPackage", image: true, options: []string{"PackageName"}, run: (*run).removeApp},
		{name: "Get-PESettings", image: true, run: (*run).getPESettings},
		{name: "Get-ScratchSpace", image: true, run: (*run).getScratchSpace},
		{name: "Set-ScratchSpace", image: true, run: (*run).setScratchSpace},
		{name: "Get-TargetPath", image: true, run: (*run).getTargetPath},
		{name: "Set-TargetPath", image: true, run: (*run).setTargetPath},
		{name: "Import-DefaultAppAssociations", image: true, run: (*run).importAssociations},
		{name: "Get-DefaultAppAssociations", image: true, run: (*run).getAssociations},
		{name: "Remove-DefaultAppAssociations", image: true, run: (*run).removeAssociations},
		{name: "Apply-Unattend", image: true, run: (*run).applyUnattend},
	}
}

// global are the options that every command takes.
var global = []string{"English", "Format", "LogPath", "LogLevel", "ScratchDir", "Quiet", "NoRestart", "Image", "Online", "WinDir", "SysDriveDir"}

// checkGlobal checks what the global options need.
func (r *run) checkGlobal() error {
	if r.args.has("Online") {
		return fail(errUnsupported, "The emulation has no running Windows.")
	}
	for _, option := range []string{"ScratchDir", "Image"} {
		if dir, ok := r.args.get(option); ok && !isDir(dir) {
			return known(errPathNotFound, dir)
		}
	}
	return nil
}

// command returns the one command on the line, and refuses options that it does not
// take.
func (r *run) command() (*command, error) {
	var found *command
	for _, cmd := range commands() {
		if slices.ContainsFunc(append([]string{cmd.name}, cmd.aliases...), r.args.has) {
			if found != nil {
				return nil, &failure{code: errParameter, lines: []string{"The command line holds more than one command: " + found.name + " and " + cmd.name + ".", helpLine}}
			}
			found = cmd
		}
	}
	known := global
	if found != nil {
		known = slices.Concat(global, found.options, []string{found.name}, found.aliases)
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

// need returns the value of an option that must be there, under any of its names.
func (r *run) need(names ...string) (string, error) {
	for _, name := range names {
		if v, ok := r.args.get(name); ok && v != "" {
			return v, nil
		}
	}
	return "", missingOption(strings.ToLower(names[0]))
}
