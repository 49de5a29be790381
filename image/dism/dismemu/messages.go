package dismemu

import "github.com/gildhq/gild/image/dism/fault"

const sourceHint = `Use the "source" option to specify the location of the files that are required to restore the feature. For more information on specifying a source location, see http://go.microsoft.com/fwlink/?LinkId=243077.`

// messages are known texts of dism.exe. For other codes the emulation prints gild's
// description of the code.
func messages() map[uint32][]string {
	return map[uint32][]string{
		errNotFound:     {"The system cannot find the file specified."},
		errPathNotFound: {"The system cannot find the path specified."},
		errDenied:       {"Access is denied."},
		errFormat: {"You cannot service a running 64-bit operating system with a 32-bit version of DISM.",
			"Please use the version of DISM that corresponds to your computer's architecture."},
		errShared:          {"The process cannot access the file because it is being used by another process."},
		errUnsupported:     {"The request is not supported."},
		errParameter:       {"The parameter is incorrect."},
		errDiskFull:        {"There is not enough space on the disk."},
		errElevation:       {"Elevated permissions are required to run DISM.", "Use an elevated command prompt to complete these tasks."},
		1726:               {"The remote procedure call failed."},
		1920:               {"The file cannot be accessed by the system."},
		errTooLong:         {"The filename or extension is too long."},
		errPending:         {"The operation could not be completed due to pending operations."},
		errNotApplicable:   {"The specified package is not applicable to this image."},
		errSourceMissing:   {"The source files could not be found.", sourceHint},
		errCannotUninstall: {"The specified package can not be uninstalled. Possibly it is required by the operating system."},
		errDownload:        {"The source files could not be downloaded.", sourceHint},
		errOpenFiles:       {"The directory could not be completely unmounted. This is usually due to applications that still have files opened within the mount directory. Close these files and unmount again to complete the unmount process."},
		errNotEmpty:        {"The user attempted to mount to a directory that is not empty. This is not supported."},
		errMounted:         {"The specified image in the specified wim is already mounted for read/write access."},
		errReadOnly:        {"You do not have permissions to mount and modify this image.", "Verify that you have read/write permissions to this file."},
		errNoIndex:         {"An attempt was made to access an image that does not exist."},
		errRemount:         {"The image needs to be remounted before it can be serviced."},
		errBusy:            {"Another operation of DISM is at work on the image. Try again when it has ended."},
	}
}

// known returns the failure of a code, with its text and more lines.
func known(code uint32, more ...string) error {
	lines, ok := messages()[code]
	if !ok {
		lines = []string{sentence(fault.Of(code).Meaning)}
	}
	return &failure{code: code, lines: append(lines, more...)}
}

// messageOf returns the first line of the text for a code.
func messageOf(code uint32) string {
	if lines, ok := messages()[code]; ok {
		return lines[0]
	}
	return sentence(fault.Of(code).Meaning)
}

// injected returns the failure of a fault, as the command reports it.
func (r *run) injected(cmd *command, code uint32) error {
	if path, ok := r.args.get("PackagePath"); ok && cmd.name == "Add-Package" && code == errNewStack {
		return fail(code, "%s", mayHaveFailed(path))
	}
	return known(code)
}

// mayHaveFailed is the text for packages that need a new servicing stack.
func mayHaveFailed(path string) string {
	return "Package " + path + " may have failed due to pending updates to servicing components in the image. Try the command again."
}
