package security

import "github.com/gildhq/gild/providers/settings"

const defenderPolicy = policies + "Windows Defender"

// defender is the policy for Microsoft Defender Antivirus. The registry can't set tamper
// protection.
func defender() []settings.Setting {
	top := func(name string) dword { return dword{defenderPolicy, name} }
	in := func(key, name string) dword { return dword{defenderPolicy + `\` + key, name} }
	rt := func(name string) dword { return in("Real-Time Protection", name) }
	mda := func(policy string) string { return admx("WindowsDefender", policy) }
	return []settings.Setting{
		toggle("defender_real_time", "Real-time protection.", mda("Turn off real-time protection"), rt("DisableRealtimeMonitoring"), 0, 1),
		toggle("defender_behavior_monitoring", "Behavior monitoring of programs.", mda("Turn on behavior monitoring"), rt("DisableBehaviorMonitoring"), 0, 1),
		toggle("defender_download_scanning", "Scanning downloads and attachments.", mda("Scan all downloaded files and attachments"), rt("DisableIOAVProtection"), 0, 1),
		toggle("defender_script_scanning", "Scanning scripts.", mda("Turn on script scanning"), rt("DisableScriptScanning"), 0, 1),
		toggle("defender_on_access", "Scanning files when they are opened.", mda("Monitor file and program activity on your computer"), rt("DisableOnAccessProtection"), 0, 1),
		toggle("defender_process_scanning", "Scanning processes when real-time protection is turned on.", mda("Turn on process scanning whenever real-time protection is enabled"), rt("DisableScanOnRealtimeEnable"), 0, 1),
		enum("defender_scan_direction", "Which files real-time protection scans.", mda("Configure monitoring for incoming and outgoing file and program activity"), rt("RealtimeScanDirection"),
			v{"both", 0, ""}, v{"incoming", 1, ""}, v{"outgoing", 2, ""}),
		toggle("defender_during_oobe", "Real-time protection and new signatures before the first user is there.", mda("Configure real-time protection and Security Intelligence Updates during OOBE"), rt("OobeEnableRtpAndSigUpdate"), 1, 0),
		enum("defender_pua", "Potentially unwanted applications.", mda("Configure detection for potentially unwanted applications"), top("PUAProtection"), v{"block", 1, ""}, v{"audit", 2, ""}, v{"off", 0, ""}),
		toggle("defender_local_lists", "Lists of administrators in addition to those of policies.", mda("Configure local administrator merge behavior for lists"), top("DisableLocalAdminMerge"), 0, 1),
		enum("defender_exclusions_for_admins", "Exclusions, for administrators.", mda("Control whether or not exclusions are visible to Local Admins"), top("HideExclusionsFromLocalAdmins"), v{"hidden", 1, ""}, v{"shown", 0, ""}),
		enum("defender_exclusions_for_users", "Exclusions, for other users.", mda("Control whether exclusions are visible to local users"), top("HideExclusionsFromLocalUsers"), v{"hidden", 1, ""}, v{"shown", 0, ""}),
		toggle("defender_routine_remediation", "Automatic remediation of detected threats.", mda("Turn off routine remediation"), top("DisableRoutinelyTakingAction"), 0, 1),
		toggle("defender_edr_block_mode", "Endpoint detection and response in block mode.", mda("Enable EDR in block mode"), in("Features", "PassiveRemediation"), 1, 0),
		enum("defender_cloud_protection", "Reports to Microsoft, and verdicts from there.", mda("Join Microsoft MAPS"), in("Spynet", "SpynetReporting"), v{"disabled", 0, ""}, v{"basic", 1, ""}, v{"advanced", 2, ""}),
		enum("defender_cloud_block_level", "How aggressively cloud protection blocks files.", mda("Select cloud protection level"), in("MpEngine", "MpCloudBlockLevel"),
			v{"default", 0, ""}, v{"moderate", 1, ""}, v{"high", 2, ""}, v{"high_plus", 4, ""}, v{"zero_tolerance", 6, ""}),
		number("defender_cloud_timeout", "Time that a file waits for the cloud, beyond the usual ten seconds.", mda("Configure extended cloud check"), "seconds", in("MpEngine", "MpBafsExtendedTimeout"), 0, 50),
		toggle("defender_block_at_first_sight", "Blocking files that were never seen before.", mda("Configure the 'Block at First Sight' feature"), in("Spynet", "DisableBlockAtFirstSeen"), 0, 1),
		enum("defender_sample_submission", "Files sent to Microsoft.", mda("Send file samples when further analysis is required"), in("Spynet", "SubmitSamplesConsent"),
			v{"ask", 0, ""}, v{"safe_samples", 1, ""}, v{"never", 2, ""}, v{"all", 3, ""}),
		enum("defender_network_protection", "Connections to dangerous places.", mda("Prevent users and apps from accessing dangerous websites"),
			in(`Windows Defender Exploit Guard\Network Protection`, "EnableNetworkProtection"), v{"block", 1, ""}, v{"audit", 2, ""}, v{"off", 0, ""}),
		toggle("defender_convert_warn_to_block", "Blocking what network protection would only warn of.", mda("Convert warn verdict to block"), in("NIS", "EnableConvertWarnToBlock"), 1, 0),
		enum("defender_controlled_folder_access", "Programs that change files in protected folders.", mda("Configure Controlled folder access"),
			in(`Windows Defender Exploit Guard\Controlled Folder Access`, "EnableControlledFolderAccess"), v{"block", 1, ""}, v{"audit", 2, ""}, v{"off", 0, ""}),
		toggle("defender_removable_drives", "Removable drives in full scans.", mda("Scan removable drives"), in("Scan", "DisableRemovableDriveScanning"), 0, 1),
		toggle("defender_packed_executables", "Scanning packed programs.", mda("Scan packed executables"), in("Scan", "DisablePackedExeScanning"), 0, 1),
		enum("defender_quick_scan_exclusions", "Excluded files, in quick scans.", mda("Scan excluded files and directories during quick scans"), in("Scan", "QuickScanIncludeExclusions"), v{"scanned", 1, ""}, v{"skipped", 0, ""}),
		toggle("defender_signature_events", "Events for signatures that were dropped.", mda("Configure whether to report Dynamic Signature dropped events"), in("Reporting", "EnableDynamicSignatureDroppedEventReporting"), 1, 0),
	}
}

// surface are the attack surface reduction rules, by their names in Microsoft's reference.
func surface() []settings.Setting {
	const key = defenderPolicy + `\Windows Defender Exploit Guard\ASR`
	var all []settings.Setting
	for _, r := range []struct{ name, guid, title string }{
		{"vulnerable_drivers", "56a863a9-875e-4185-98a7-b882c64b5ce5", "Block abuse of exploited vulnerable signed drivers"},
		{"adobe_reader_child_processes", "7674ba52-37eb-4a4f-a9a1-f0f9a1619a2c", "Block Adobe Reader from creating child processes"},
		{"office_child_processes", "d4f940ab-401b-4efc-aadc-ad5f3c50688a", "Block all Office applications from creating child processes"},
		{"lsass_credential_stealing", "9e6c4e1f-7d60-472f-ba1a-a39ef669e4b2", "Block credential stealing from the Windows local security authority subsystem"},
		{"email_executables", "be9ba2d9-53ea-4cdc-84e5-9b1eeee46550", "Block executable content from email client and webmail"},
		{"unknown_executables", "01443614-cd74-433a-b99e-2ecdc07bfc25", "Block executable files from running unless they meet a prevalence, age, or trusted list criterion"},
		{"obfuscated_scripts", "5beb7efe-fd9a-4556-801d-275e5ffc04cc", "Block execution of potentially obfuscated scripts"},
		{"script_downloaded_executables", "d3e037e1-3eb8-44c8-a917-57927947596d", "Block JavaScript or VBScript from launching downloaded executable content"},
		{"office_executables", "3b576869-a4ec-4529-8536-b80a7769e899", "Block Office applications from creating executable content"},
		{"office_code_injection", "75668c1f-73b5-4cf0-bb93-3ecf5cb7cc84", "Block Office applications from injecting code into other processes"},
		{"office_communication_child_processes", "26190899-1602-49e8-8b27-eb1d0a1ce869", "Block Office communication application from creating child processes"},
		{"wmi_persistence", "e6db77e5-3df2-4cf1-b95a-636979351e5b", "Block persistence through WMI event subscription"},
		{"psexec_and_wmi_processes", "d1e49aac-8f56-4280-b9ba-993a6d77406c", "Block process creations originating from PSExec and WMI commands"},
		{"safe_mode_restart", "33ddedf1-c6e0-47cb-833e-de6133960387", "Block rebooting machine in Safe Mode"},
		{"usb_untrusted_processes", "b2b3f03d-6a65-4f7b-a9c7-1c7ef74a9ba4", "Block untrusted and unsigned processes that run from USB"},
		{"copied_system_tools", "c0033c00-d16d-4114-a5a0-dc9b3a7d2ceb", "Block use of copied or impersonated system tools"},
		{"server_webshells", "a8f5898e-1dc8-49a9-9878-85004b8a61e6", "Block Webshell creation for Servers"},
		{"office_macro_api_calls", "92e97fa1-2edf-4476-bdd6-9dd0b4dddc7b", "Block Win32 API calls from Office macros"},
		{"ransomware", "c1db55ab-c21a-4637-bb3f-a12568109d35", "Use advanced protection against ransomware"},
	} {
		s := settings.Setting{Name: "asr_" + r.name, Doc: "Attack surface reduction: " + r.title + ".", Source: learn("Attack surface reduction rules reference", "“"+r.title+"”")}
		for _, mode := range [][2]string{{"block", "1"}, {"audit", "2"}, {"warn", "6"}, {"off", "0"}} {
			s.Values = append(s.Values, is(mode[0], "",
				settings.Shared("asr", settings.Dword(key, "ExploitGuard_ASR_Rules", 1)), settings.String(key+`\Rules`, r.guid, mode[1])))
		}
		all = append(all, s)
	}
	return all
}
