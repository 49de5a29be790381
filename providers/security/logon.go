package security

import "github.com/gildhq/gild/providers/settings"

func uac() []settings.Setting {
	at := func(name string) dword { return dword{uacPolicy, name} }
	return []settings.Setting{
		toggle("uac", "User Account Control.", option("User Account Control: Run all administrators in Admin Approval Mode"), at("EnableLUA"), 1, 0),
		enum("uac_admin_prompt", "Prompt for administrators when a program requests elevation.",
			option("User Account Control: Behavior of the elevation prompt for administrators in Admin Approval Mode"), at("ConsentPromptBehaviorAdmin"),
			v{"none", 0, ""}, v{"credentials_on_secure_desktop", 1, ""}, v{"consent_on_secure_desktop", 2, ""},
			v{"credentials", 3, ""}, v{"consent", 4, ""}, v{"consent_for_foreign_programs", 5, "what is not of Windows"}),
		enum("uac_user_prompt", "Prompt for other users when a program requests elevation.", option("User Account Control: Behavior of the elevation prompt for standard users"),
			at("ConsentPromptBehaviorUser"), v{"deny", 0, ""}, v{"credentials_on_secure_desktop", 1, ""}, v{"credentials", 3, ""}),
		enum("uac_admin_approval_mode", "How administrators are elevated.", option("User Account Control: Configure type of Admin Approval Mode"),
			at("TypeOfAdminApprovalMode"), v{"legacy", 1, ""}, v{"administrator_protection", 2, ""}),
		enum("uac_protected_admin_prompt", "Prompt for administrators under administrator protection.",
			option("User Account Control: Behavior of the elevation prompt for administrators running with Administrator protection"),
			at("ConsentPromptBehaviorEnhancedAdmin"), v{"credentials_on_secure_desktop", 1, ""}, v{"consent_on_secure_desktop", 2, ""}),
		toggle("uac_secure_desktop", "Prompts on the secure desktop.", option("User Account Control: Switch to the secure desktop when prompting for elevation"), at("PromptOnSecureDesktop"), 1, 0),
		enum("uac_administrators_listed", "The list of all administrators in elevation prompts.", admx("CredUI", "Enumerate administrator accounts on elevation"),
			dword{`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\CredUI`, "EnumerateAdministrators"}, v{"shown", 1, ""}, v{"hidden", 0, ""}),
		toggle("uac_installer_detection", "Elevation prompts for programs that look like installers.", option("User Account Control: Detect application installations and prompt for elevation"), at("EnableInstallerDetection"), 1, 0),
		toggle("uac_secure_uia_paths", "Accessibility programs (UIAccess) may control other windows only if they are in a protected folder.",
			option("User Account Control: Only elevate UIAccess applications that are installed in secure locations"), at("EnableSecureUIAPaths"), 1, 0),
		toggle("uac_virtualization", "Redirection of writes of legacy programs to protected folders and registry keys.",
			option("User Account Control: Virtualize file and registry write failures to per-user locations"), at("EnableVirtualization"), 1, 0),
		toggle("uac_builtin_administrator", "User Account Control for the built-in administrator.",
			option("User Account Control: Admin Approval Mode for the Built-in Administrator account"), at("FilterAdministratorToken"), 1, 0),
		enum("uac_remote_local_accounts", "Rights of local administrators who log on over the network.", guide("Apply UAC restrictions to local accounts on network logons"),
			at("LocalAccountTokenFilterPolicy"), v{"filtered", 0, ""}, v{"full", 1, ""}),
	}
}

// logon is about logging on and locking the session.
func logon() []settings.Setting {
	const wake = policies + `Power\PowerSettings\0e796bdb-100d-47d6-a2d5-f7d2daa51f51`
	both := func(n uint32) []settings.Part {
		return []settings.Part{settings.Named("battery", settings.Dword(wake, "DCSettingIndex", n)), settings.Named("plugged_in", settings.Dword(wake, "ACSettingIndex", n))}
	}
	card := func(name, n, doc string) settings.Value {
		return is(name, doc, settings.String(`HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon`, "ScRemoveOption", n))
	}
	return []settings.Setting{
		number("inactivity_lock", "Time without input after which the session is locked; 0: never.",
			option("Interactive logon: Machine inactivity limit"), "seconds", dword{uacPolicy, "InactivityTimeoutSecs"}, 0, 599940),
		choice("smart_card_removal", "What happens when a smart card is taken out.", option("Interactive logon: Smart card removal behavior"),
			card("nothing", "0", ""), card("lock", "1", ""), card("log_off", "2", ""), card("disconnect", "3", "a remote session")),
		enum("last_user_name", "The name of the last user, on the logon screen.", option("Interactive logon: Don't display last signed-in"),
			dword{uacPolicy, "DontDisplayLastUserName"}, v{"hidden", 1, ""}, v{"shown", 0, ""}),
		enum("ctrl_alt_del", "Ctrl+Alt+Del before a logon.", option("Interactive logon: Do not require CTRL+ALT+DEL"),
			dword{uacPolicy, "DisableCAD"}, v{"required", 0, ""}, v{"not_required", 1, ""}),
		toggle("restart_sign_on", "Logging the last user on again after a restart.", admx("WinLogon", "Sign-in and lock last interactive user automatically after a restart"),
			dword{uacPolicy, "DisableAutomaticRestartSignOn"}, 0, 1),
		toggle("convenience_pin", "A PIN that stands for the password (not Windows Hello), for users of a domain.", admx("CredentialProviders", "Turn on convenience PIN sign-in"),
			dword{systemPolicy, "AllowDomainPINLogon"}, 1, 0),
		enum("local_users_at_logon", "Local users on the logon screen of machines in a domain.", admx("Logon", "Enumerate local users on domain-joined computers"),
			dword{systemPolicy, "EnumerateLocalUsers"}, v{"hidden", 0, ""}, v{"shown", 1, ""}),
		enum("network_selection_at_logon", "Choosing a network on the logon screen.", admx("Logon", "Do not display network selection UI"),
			dword{systemPolicy, "DontDisplayNetworkSelectionUI"}, v{"hidden", 1, ""}, v{"shown", 0, ""}),
		enum("microsoft_accounts_in_apps", "Microsoft accounts for apps that ask for one.", admx("AppXRuntime", "Allow Microsoft accounts to be optional"),
			dword{uacPolicy, "MSAOptional"}, v{"optional", 1, ""}, v{"required", 0, ""}),
		toggle("lock_screen_camera", "The camera, on the lock screen.", admx("ControlPanelDisplay", "Prevent enabling lock screen camera"),
			dword{windowsPolicy + "Personalization", "NoLockScreenCamera"}, 0, 1),
		toggle("lock_screen_slide_show", "Slide shows on the lock screen.", admx("ControlPanelDisplay", "Prevent enabling lock screen slide show"),
			dword{windowsPolicy + "Personalization", "NoLockScreenSlideshow"}, 0, 1),
		enum("voice_activation_when_locked", "Starting apps by voice while the session is locked.", admx("AppPrivacy", "Let Windows apps activate with voice while the system is locked"),
			dword{windowsPolicy + "AppPrivacy", "LetAppsActivateWithVoiceAboveLock"}, v{"user_decides", 0, ""}, v{"allowed", 1, ""}, v{"denied", 2, ""}),
		choice("password_on_wake", "The password when the machine wakes.", admx("Power", "Require a password when a computer wakes (on battery)")+" and (plugged in)",
			is("required", "", both(1)...), is("not_required", "", both(0)...)),
		toggle("facial_anti_spoofing", "Enhanced recognition of faked faces, where the camera can.", admx("Biometrics", "Configure enhanced anti-spoofing"),
			dword{policies + `Biometrics\FacialFeatures`, "EnhancedAntiSpoofing"}, 1, 0),
		enum("ink_workspace", "The ink workspace.", admx("WindowsInkWorkspace", "Allow Windows Ink Workspace"),
			dword{policies + "WindowsInkWorkspace", "AllowWindowsInkWorkspace"}, v{"disabled", 0, ""}, v{"not_when_locked", 1, ""}, v{"enabled", 2, ""}),
		enum("laps_backup", "Where Windows LAPS keeps the password of the local administrator.", admx("LAPS", "Configure password backup directory"),
			dword{`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\LAPS`, "BackupDirectory"},
			v{"disabled", 0, ""}, v{"entra_id", 1, ""}, v{"active_directory", 2, ""}),
		toggle("laps_password_encryption", "Encryption of that password in Active Directory.", admx("LAPS", "Enable password encryption"),
			dword{`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\LAPS`, "ADPasswordEncryptionEnabled"}, 1, 0),
		toggle("laps_dsrm_backup", "Keeping the DSRM password of domain controllers, too.", admx("LAPS", "Enable password backup for DSRM accounts"),
			dword{`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\LAPS`, "ADBackupDSRMPassword"}, 1, 0),
	}
}
