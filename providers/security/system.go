package security

import "github.com/gildhq/gild/providers/settings"

// system is about programs and devices.
func system() []settings.Setting {
	const (
		session = control + "Session Manager"
		wtds    = windowsPolicy + `WTDS\Components`
	)
	smartScreen := func(name, level string) settings.Value {
		return is(name, "", settings.Dword(systemPolicy, "EnableSmartScreen", 1), settings.Named("level", settings.String(systemPolicy, "ShellSmartScreenLevel", level)))
	}
	phishing := []string{"ServiceEnabled", "NotifyMalicious", "NotifyPasswordReuse", "NotifyUnsafeApp"}
	return []settings.Setting{
		toggle("sehop", "Validation of exception chains (SEHOP).", guide("Enable Structured Exception Handling Overwrite Protection (SEHOP)"),
			dword{session + `\kernel`, "DisableExceptionChainValidation"}, 0, 1),
		toggle("safe_dll_search", "Safe DLL search mode: Windows searches its own folders for a DLL before the current folder.",
			mss("MSS: (SafeDllSearchMode) Enable Safe DLL search mode")+"; "+learn("Dynamic-link library search order", ""), dword{session, "SafeDllSearchMode"}, 1, 0),
		enum("system_objects", "Permissions of objects that programs share.", option("System objects: Strengthen default permissions of internal system objects (e.g., Symbolic Links)"),
			dword{session, "ProtectionMode"}, v{"strengthened", 1, ""}, v{"default", 0, ""}),
		enum("early_launch_drivers", "Drivers that start with the machine, by what early-launch antimalware says of them.", admx("EarlyLaunchAM", "Boot-Start Driver Initialization Policy"),
			dword{`HKLM\SYSTEM\CurrentControlSet\Policies\EarlyLaunch`, "DriverLoadPolicy"},
			v{"good", 8, ""}, v{"good_and_unknown", 1, ""}, v{"good_unknown_and_critical", 3, "bad ones, too, if Windows does not start without"}, v{"all", 7, ""}),
		enum("kernel_dma_protection", "External devices with direct memory access that can't be confined.",
			admx("DmaGuard", "Enumeration policy for external devices incompatible with Kernel DMA Protection"),
			dword{windowsPolicy + "Kernel DMA Protection", "DeviceEnumerationPolicy"}, v{"block_all", 0, ""}, v{"after_logon", 1, ""}, v{"allow_all", 2, ""}),
		toggle("always_install_elevated", "Windows Installer with all rights for every user.", admx("MSI", "Always install with elevated privileges"),
			dword{windowsPolicy + "Installer", "AlwaysInstallElevated"}, 1, 0),
		toggle("installer_user_control", "Options of Windows Installer that users may set in elevated installations.", admx("MSI", "Allow user control over installs"),
			dword{windowsPolicy + "Installer", "EnableUserControl"}, 1, 0),
		choice("autorun", "Commands on removable media.", admx("AutoPlay", "Set the default behavior for AutoRun"),
			is("disabled", "", settings.Dword(explorerPolicy, "NoAutorun", 1))),
		enum("autoplay", "Starting what is on media.", admx("AutoPlay", "Turn off Autoplay"), dword{explorerPolicy, "NoDriveTypeAutoRun"},
			v{"disabled", 0xff, ""}, v{"disabled_for_removable", 0xb5, "removable media and CD-ROM"}),
		toggle("autoplay_devices", "AutoPlay for devices such as cameras.", admx("AutoPlay", "Disallow Autoplay for non-volume devices"),
			dword{windowsPolicy + "Explorer", "NoAutoplayfornonVolume"}, 0, 1),
		enum("mark_of_the_web", "The mark on files copied from shares that are not trusted.", admx("WindowsExplorer", "Do not apply the Mark of the Web tag to files copied from insecure sources"),
			dword{windowsPolicy + "Explorer", "DisableMotWOnInsecurePathCopy"}, v{"applied", 0, ""}, v{"not_applied", 1, ""}),
		choice("smartscreen", "SmartScreen for programs from the network.", admx("SmartScreen", "Configure Windows Defender SmartScreen"),
			smartScreen("block", "Block"), smartScreen("warn", "Warn"), is("disabled", "", settings.Dword(systemPolicy, "EnableSmartScreen", 0))),
		choice("phishing_protection", "Warnings when the password of Windows is typed where it should not be.",
			admx("WebThreatDefense", "Service Enabled")+" and the three next to it",
			is("enabled", "", numbers(wtds, 1, phishing...)...), is("disabled", "", numbers(wtds, 0, phishing...)...)),
		enum("sudo", "The command sudo.", admx("Sudo", "Configure the behavior of the sudo command"), dword{windowsPolicy + "Sudo", "Enabled"},
			v{"disabled", 0, ""}, v{"new_window", 1, ""}, v{"input_disabled", 2, ""}, v{"inline", 3, ""}),
		choice("standby", "Standby (S1 to S3), in which keys stay in memory.", admx("Power", "Allow standby states (S1-S3) when sleeping (on battery)")+" and (plugged in)",
			is("disabled", "", standby(0)...), is("enabled", "", standby(1)...)),
		choice("firewire_storage", "Storage by IEEE 1394, which reads memory.", learn("BitLocker countermeasures", "")+"; "+admx("DeviceInstallation", "Prevent installation of devices using drivers that match these device setup classes"),
			is("blocked", "",
				settings.Dword(windowsPolicy+`DeviceInstall\Restrictions`, "DenyDeviceClasses", 1),
				settings.Named("retroactive", settings.Dword(windowsPolicy+`DeviceInstall\Restrictions`, "DenyDeviceClassesRetroactive", 1)),
				settings.Named("class", settings.String(windowsPolicy+`DeviceInstall\Restrictions\DenyDeviceClasses`, "1", "{d48179be-ec20-11d1-b6b8-00c04fa372a7}")))),
		toggle("game_recording", "Recording and broadcasting games.", admx("GameDVR", "Enables or disables Windows Game Recording and Broadcasting"),
			dword{windowsPolicy + "GameDVR", "AllowGameDVR"}, 1, 0),
		toggle("index_encrypted_files", "Encrypted files in the search index.", admx("Search", "Allow indexing of encrypted files"),
			dword{windowsPolicy + "Windows Search", "AllowIndexingEncryptedStoresOrItems"}, 1, 0),
		toggle("rss_enclosures", "Downloads of what is attached to feeds.", admx("InetRes", "Prevent downloading of enclosures"),
			dword{policies + `Internet Explorer\Feeds`, "DisableEnclosureDownload"}, 0, 1),
		toggle("web_publishing", "Lists of publishers and printers of photographs from the network.",
			admx("ICM", "Turn off Internet download for Web publishing and online ordering wizards"), dword{explorerPolicy, "NoWebServices"}, 0, 1),
	}
}

func standby(n uint32) []settings.Part {
	const key = policies + `Power\PowerSettings\abfc2519-3608-4c2a-94ea-171b0ed546ab`
	return []settings.Part{settings.Named("battery", settings.Dword(key, "DCSettingIndex", n)), settings.Named("plugged_in", settings.Dword(key, "ACSettingIndex", n))}
}
