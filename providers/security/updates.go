package security

import (
	"errors"
	"net/url"

	"github.com/gildhq/gild/providers/settings"
)

// updates is the policy for Windows Update.
func updates() []settings.Setting {
	const (
		wu = windowsPolicy + "WindowsUpdate"
		au = wu + `\AU`
	)
	rule := func(policy string) string { return admx("WindowsUpdate", policy) }
	automatic := func(name string, n uint32, doc string) settings.Value {
		return is(name, doc, settings.Dword(au, "NoAutoUpdate", 0), settings.Named("options", settings.Dword(au, "AUOptions", n)))
	}
	deferral := func(name, doc, policy, prefix string, most uint32) settings.Setting {
		return settings.Setting{Name: name, Doc: doc, Source: rule(policy), Number: &settings.Number{Max: most, Unit: "days", Make: func(n uint32) []settings.Part {
			return []settings.Part{settings.Dword(wu, prefix, 1), settings.Named("days", settings.Dword(wu, prefix+"PeriodInDays", n))}
		}}}
	}
	hour := func(name, doc, value string) settings.Setting {
		return settings.Setting{Name: name, Doc: doc, Source: rule("Turn off auto-restart for updates during active hours"), Number: &settings.Number{Max: 23, Unit: "hours", Make: func(n uint32) []settings.Part {
			return []settings.Part{settings.Shared("update_active_hours", settings.Dword(wu, "SetActiveHours", 1)), settings.Dword(wu, value, n)}
		}}}
	}
	return []settings.Setting{
		choice("update_automatic", "Updates without being asked for.", rule("Configure Automatic Updates"),
			automatic("notify", 2, "before the download"), automatic("download", 3, "and notify before the installation"), automatic("scheduled", 4, "download, and install at the set time"),
			automatic("administrators_choose", 5, ""), is("disabled", "", settings.Dword(au, "NoAutoUpdate", 1))),
		toggle("update_restart_with_users", "Restarts for scheduled installations while users are logged on.", rule("No auto-restart with logged on users for scheduled automatic updates installations"), dword{au, "NoAutoRebootWithLoggedOnUsers"}, 0, 1),
		hour("update_active_hours_start", "Hour of the day from which on there is no restart; goes with `update_active_hours_end`.", "ActiveHoursStart"),
		hour("update_active_hours_end", "Hour of the day until which there is none.", "ActiveHoursEnd"),
		deferral("update_quality_deferral", "Time that quality updates wait after they came out.", "Select when Quality Updates are received", "DeferQualityUpdates", 30),
		deferral("update_feature_deferral", "Time that feature updates wait after they came out.", "Select when Preview Builds and Feature Updates are received", "DeferFeatureUpdates", 365),
		toggle("update_drivers", "Drivers from Windows Update.", rule("Do not include drivers with Windows Updates"), dword{wu, "ExcludeWUDriversInQualityUpdate"}, 0, 1),
		{
			Name: "update_server", Doc: "Address of the server for updates (WSUS).", Source: rule("Specify intranet Microsoft update service location"),
			Text: &settings.Text{Check: server, Make: func(s string) []settings.Part {
				return []settings.Part{settings.Dword(au, "UseWUServer", 1), settings.Named("address", settings.String(wu, "WUServer", s)), settings.Named("statistics", settings.String(wu, "WUStatusServer", s))}
			}},
		},
		enum("delivery_optimization", "Where updates come from besides Microsoft.", admx("DeliveryOptimization", "Download Mode"), dword{windowsPolicy + "DeliveryOptimization", "DODownloadMode"},
			v{"http_only", 0, "nowhere"}, v{"local_network", 1, ""}, v{"group", 2, "machines of the domain or site"}, v{"internet", 3, ""}, v{"simple", 99, "nowhere, and without Microsoft's service for it"}),
	}
}

func server(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("the server must be an address, such as https://wsus.example.com:8531")
	}
	return nil
}

// bitlocker is the policy for encryption of drives.
func bitlocker() []settings.Setting {
	const fve = policies + "FVE"
	rule := func(policy string) string { return admx("VolumeEncryption", policy) }
	method := func(name, doc, value string) settings.Setting {
		return enum(name, doc, rule("Choose drive encryption method and cipher strength (Windows 10 [Version 1511] and later)"), dword{fve, value},
			v{"aes_cbc_128", 3, ""}, v{"aes_cbc_256", 4, ""}, v{"xts_aes_128", 6, ""}, v{"xts_aes_256", 7, ""})
	}
	startup := func(name, doc string, tpm, pin, key, both uint32) settings.Value {
		parts := numbers(fve, 1, "UseAdvancedStartup")
		for _, v := range []v{{"EnableBDEWithNoTPM", 0, "without_tpm"}, {"UseTPM", tpm, "tpm"}, {"UseTPMPIN", pin, "tpm_pin"}, {"UseTPMKey", key, "tpm_key"}, {"UseTPMKeyPIN", both, "tpm_key_pin"}} {
			parts = append(parts, settings.Named(v.doc, settings.Dword(fve, v.name, v.n)))
		}
		return is(name, doc, parts...)
	}
	return []settings.Setting{
		method("bitlocker_system_drive", "Encryption of the drive with Windows.", "EncryptionMethodWithXtsOs"),
		method("bitlocker_fixed_drives", "Encryption of other fixed drives.", "EncryptionMethodWithXtsFdv"),
		method("bitlocker_removable_drives", "Encryption of removable drives.", "EncryptionMethodWithXtsRdv"),
		choice("bitlocker_startup", "What opens the drive with Windows when the machine starts.", rule("Require additional authentication at startup"),
			startup("tpm", "alone", 1, 0, 0, 0), startup("tpm_and_pin", "", 0, 1, 0, 0), startup("any", "with a TPM", 2, 2, 2, 2)),
		number("bitlocker_min_pin", "Fewest digits of a PIN.", rule("Configure minimum PIN length for startup"), "digits", dword{fve, "MinimumPIN"}, 4, 20),
		toggle("bitlocker_enhanced_pins", "PINs with letters and signs.", rule("Allow enhanced PINs for startup"), dword{fve, "UseEnhancedPin"}, 1, 0),
		enum("bitlocker_new_dma_devices", "New devices with direct memory access, while the session is locked.", rule("Disable new DMA devices when this computer is locked"),
			dword{fve, "DisableExternalDMAUnderLock"}, v{"blocked", 1, ""}, v{"allowed", 0, ""}),
		choice("bitlocker_removable_writes", "Writing to removable drives.", rule("Deny write access to removable drives not protected by BitLocker"),
			is("encrypted_only", "", settings.Dword(`HKLM\SYSTEM\CurrentControlSet\Policies\Microsoft\FVE`, "RDVDenyWriteAccess", 1), settings.Named("other_organizations", settings.Dword(fve, "RDVDenyCrossOrg", 0))),
			is("all", "", settings.Dword(`HKLM\SYSTEM\CurrentControlSet\Policies\Microsoft\FVE`, "RDVDenyWriteAccess", 0))),
		enum("device_encryption", "Encryption that begins automatically with the first Microsoft or work account.", learn("BitLocker overview", "Device encryption"),
			dword{control + "BitLocker", "PreventDeviceEncryption"}, v{"prevented", 1, ""}, v{"automatic", 0, ""}),
	}
}
