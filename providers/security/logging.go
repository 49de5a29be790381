package security

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/gildhq/gild/providers/settings"
)

// logging is about event logs and PowerShell's logs.
func logging() []settings.Setting {
	const ps = windowsPolicy + "PowerShell"
	const transcripts = ps + `\Transcription`
	power := func(policy string) string { return admx("PowerShellExecutionPolicy", policy) }
	execution := func(name, policy string) settings.Value {
		return is(name, "", settings.Dword(ps, "EnableScripts", 1), settings.Named("policy", settings.String(ps, "ExecutionPolicy", policy)))
	}
	log := func(name, channel string) settings.Setting {
		return number("event_log_size_"+name, "Largest size of the event log "+channel+".", admx("EventLog", "Specify the maximum log file size (KB)")+" of "+channel,
			"kilobytes", dword{windowsPolicy + `EventLog\` + channel, "MaxSize"}, 1024, 2147483647)
	}
	return []settings.Setting{
		log("application", "Application"), log("security", "Security"), log("system", "System"),
		toggle("process_command_lines", "Command lines in events for new processes. They can contain passwords.", admx("AuditSettings", "Include command line in process creation events"),
			dword{uacPolicy + `\Audit`, "ProcessCreationIncludeCmdLine_Enabled"}, 1, 0),
		toggle("powershell_script_block_logging", "Events with the scripts that PowerShell runs.", power("Turn on PowerShell Script Block Logging"), dword{ps + `\ScriptBlockLogging`, "EnableScriptBlockLogging"}, 1, 0),
		choice("powershell_module_logging", "Events for each command of all modules. The engine of version 2 logs nothing: remove it from images that have it with a `feature` resource.",
			power("Turn on Module Logging"),
			is("enabled", "", settings.Dword(ps+`\ModuleLogging`, "EnableModuleLogging", 1), settings.Named("names", settings.String(ps+`\ModuleLogging\ModuleNames`, "*", "*"))),
			is("disabled", "", settings.Dword(ps+`\ModuleLogging`, "EnableModuleLogging", 0))),
		toggle("powershell_transcription", "Transcripts of sessions.", power("Turn on PowerShell Transcription"), dword{transcripts, "EnableTranscripting"}, 1, 0),
		toggle("powershell_transcription_headers", "The time of each command in transcripts.", power("Turn on PowerShell Transcription")+", Include invocation headers", dword{transcripts, "EnableInvocationHeader"}, 1, 0),
		{
			Name: "powershell_transcription_folder", Doc: "Folder for transcripts, as an absolute path. Default: the documents folder of the user.", Source: power("Turn on PowerShell Transcription") + ", Transcript output directory",
			Text: &settings.Text{Check: absolute, Make: func(s string) []settings.Part {
				return []settings.Part{settings.String(transcripts, "OutputDirectory", s)}
			}},
		},
		choice("powershell_scripts", "Which scripts PowerShell runs.", power("Turn on Script Execution"),
			execution("all_signed", "AllSigned"), execution("remote_signed", "RemoteSigned"), execution("unrestricted", "Unrestricted"),
			is("none", "", settings.Dword(ps, "EnableScripts", 0))),
	}
}

func absolute(path string) error {
	drive := len(path) > 3 && path[1:3] == `:\`
	switch {
	case !drive && !strings.HasPrefix(path, `\\`):
		return fmt.Errorf(`%q is not the absolute path of a folder, such as C:\Transcripts`, path)
	case strings.ContainsAny(path, `"<>|?*/`) || strings.ContainsFunc(path, unicode.IsControl):
		return fmt.Errorf("%q holds a character that the path of a folder can't have", path)
	}
	return nil
}
