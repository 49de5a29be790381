package security

import (
	"maps"

	"github.com/gildhq/gild/providers/settings"
)

// baselines are those parts of Microsoft's security baselines that the kind has settings
// for.
func baselines() []settings.Preset {
	const lacks = "It contains those of Microsoft's settings that this kind has. It does not contain user rights, complexity and reversible encryption of " +
		"passwords, lockout of the built-in administrator, translation of anonymous SIDs (only Windows can write their formats: use `secedit` in a `script`), " +
		"the services of Xbox, the policies for users and the policies for Internet Explorer 11."
	later := maps.Clone(baseline24H2())
	for _, dropped := range []string{"wdigest", "lm_hash", "defender_packed_executables", "defender_exclusions_for_users"} {
		delete(later, dropped)
	}
	later["netbios"] = "disabled"
	later["process_command_lines"] = "enabled"
	later["asr_psexec_and_wmi_processes"] = "audit"
	return []settings.Preset{
		{Name: "microsoft-24h2", Doc: "“Windows 11, version 24H2 security baseline” of Microsoft's Security Compliance Toolkit: the policies for computers, " +
			"BitLocker, Credential Guard, Defender Antivirus and domain security, for Windows 11. " + lacks, Values: baseline24H2()},
		{Name: "microsoft-25h2", Doc: "“Windows 11, version 25H2 security baseline”: as that of 24H2, with Microsoft's changes.", Values: later},
	}
}

func baseline24H2() map[string]string {
	all := map[string]string{}
	for _, part := range []map[string]string{network24H2(), secrets24H2(), system24H2(), defender24H2(), audit24H2()} {
		maps.Copy(all, part)
	}
	return all
}

func network24H2() map[string]string {
	all := map[string]string{
		"smb1": "disabled", "smb_server_signing": "required", "smb_client_signing": "required", "smb_client_encryption": "optional",
		"smb_insecure_guest_logons": "disabled", "smb_plaintext_passwords": "disabled",
		"smb_server_min_version": "3.0.0", "smb_server_max_version": "3.1.1", "smb_client_min_version": "3.0.0", "smb_client_max_version": "3.1.1",
		"smb_auth_rate_limiter": "enabled", "smb_auth_delay": "2000", "smb_server_mailslots": "disabled", "smb_client_mailslots": "disabled",
		"smb_server_audit": "enabled", "smb_client_audit": "enabled", "hardened_unc_paths": "enabled", "null_session_access": "restricted",
		"llmnr": "disabled", "netbios": "disabled_on_public_networks", "netbios_node_type": "point_to_point", "netbios_name_release": "from_wins_only",
		"icmp_redirects": "disabled", "ipv4_source_routing": "refused", "ipv6_source_routing": "refused",
		"internet_connection_sharing": "disabled", "suggested_hotspots": "disabled", "other_networks_beside_domain": "blocked", "unauthenticated_rpc": "refused",
		"remote_assistance": "disabled", "rdp_encryption_level": "high", "rdp_password_prompt": "enabled", "rdp_drive_redirection": "disabled",
		"rdp_password_saving": "disabled", "rdp_rpc": "secure",
		"winrm_client_basic": "disabled", "winrm_client_digest": "disabled", "winrm_client_unencrypted": "disabled",
		"winrm_service_basic": "disabled", "winrm_service_unencrypted": "disabled", "winrm_run_as": "disabled",
		"print_drivers_over_http": "disabled", "print_redirection_guard": "enabled", "print_queue_files": "color_profiles",
		"print_driver_installation": "administrators", "print_rpc_protocol": "tcp", "print_rpc_authentication": "default",
		"print_rpc_listener_protocol": "tcp", "print_rpc_listener_authentication": "negotiate", "print_rpc_port": "0", "print_rpc_privacy": "enabled",
		"firewall_public_local_rules": "disabled", "firewall_public_local_ipsec_rules": "disabled",
	}
	for _, p := range []string{"firewall_domain", "firewall_private", "firewall_public"} {
		maps.Copy(all, map[string]string{
			p: "enabled", p + "_inbound": "block", p + "_outbound": "allow", p + "_notifications": "disabled",
			p + "_log_dropped": "enabled", p + "_log_successful": "enabled", p + "_log_size": "16384",
		})
	}
	return all
}

func secrets24H2() map[string]string {
	return map[string]string{
		"lsa_protection": "enabled_with_uefi_lock", "custom_ssps": "disabled", "vbs": "enabled", "vbs_platform": "secure_boot",
		"credential_guard": "enabled_with_uefi_lock", "memory_integrity": "enabled_with_uefi_lock", "memory_integrity_uefi_table": "required",
		"system_guard": "enabled", "machine_identity_isolation": "not_configured", "kernel_shadow_stacks": "enforced", "wdigest": "disabled", "credssp_oracle": "force_updated_clients",
		"protected_credentials_delegation": "enabled", "password_in_mpr_notifications": "disabled",
		"lan_manager_level": "ntlmv2_refuse_lm_and_ntlm", "lm_hash": "not_stored", "ntlm_client_security": "ntlmv2_and_128_bit",
		"ntlm_server_security": "ntlmv2_and_128_bit", "ntlm_null_session_fallback": "disabled", "ldap_client_signing": "negotiate",
		"blank_passwords": "console_only", "anonymous_sam": "denied", "anonymous_shares": "denied", "remote_sam": "administrators",
		"secure_channel": "required", "machine_password_change": "enabled", "pkinit_hashes": "sha2",
		"uac": "enabled", "uac_admin_prompt": "consent_on_secure_desktop", "uac_user_prompt": "deny", "uac_admin_approval_mode": "administrator_protection",
		"uac_protected_admin_prompt": "credentials_on_secure_desktop", "uac_administrators_listed": "hidden", "uac_installer_detection": "enabled", "uac_secure_uia_paths": "enabled",
		"uac_virtualization": "enabled", "uac_builtin_administrator": "enabled", "uac_remote_local_accounts": "filtered",
		"inactivity_lock": "900", "smart_card_removal": "lock", "restart_sign_on": "disabled", "convenience_pin": "disabled",
		"local_users_at_logon": "hidden", "microsoft_accounts_in_apps": "optional", "lock_screen_camera": "disabled",
		"lock_screen_slide_show": "disabled", "voice_activation_when_locked": "denied", "password_on_wake": "required",
		"facial_anti_spoofing": "enabled", "ink_workspace": "not_when_locked",
		"laps_backup": "active_directory", "laps_password_encryption": "enabled", "laps_dsrm_backup": "enabled",
		"bitlocker_enhanced_pins": "enabled", "bitlocker_new_dma_devices": "blocked", "bitlocker_removable_writes": "encrypted_only",
		"standby": "disabled", "firewire_storage": "blocked",
		"password_min_length": "14", "password_history": "24", "lockout_threshold": "10", "lockout_duration": "10", "lockout_window": "10",
	}
}

func system24H2() map[string]string {
	return map[string]string{
		"sehop": "enabled", "system_objects": "strengthened", "early_launch_drivers": "good_unknown_and_critical", "kernel_dma_protection": "block_all",
		"always_install_elevated": "disabled", "installer_user_control": "disabled", "autorun": "disabled", "autoplay": "disabled",
		"autoplay_devices": "disabled", "mark_of_the_web": "applied", "smartscreen": "block", "phishing_protection": "enabled",
		"sudo": "disabled", "game_recording": "disabled", "index_encrypted_files": "disabled", "rss_enclosures": "disabled",
		"web_publishing": "disabled", "consumer_features": "disabled",
		"event_log_size_application": "32768", "event_log_size_security": "196608", "event_log_size_system": "32768",
		"powershell_script_block_logging": "enabled",
	}
}

func defender24H2() map[string]string {
	all := map[string]string{
		"defender_real_time": "enabled", "defender_behavior_monitoring": "enabled", "defender_download_scanning": "enabled",
		"defender_script_scanning": "enabled", "defender_on_access": "enabled", "defender_process_scanning": "enabled",
		"defender_scan_direction": "both", "defender_during_oobe": "enabled", "defender_pua": "block", "defender_local_lists": "enabled",
		"defender_exclusions_for_admins": "hidden", "defender_exclusions_for_users": "hidden", "defender_routine_remediation": "enabled",
		"defender_edr_block_mode": "enabled", "defender_cloud_protection": "advanced", "defender_cloud_block_level": "high",
		"defender_cloud_timeout": "50", "defender_block_at_first_sight": "enabled", "defender_sample_submission": "all",
		"defender_network_protection": "block", "defender_convert_warn_to_block": "enabled", "defender_removable_drives": "enabled",
		"defender_packed_executables": "enabled", "defender_quick_scan_exclusions": "scanned", "defender_signature_events": "enabled",
	}
	for _, rule := range []string{
		"office_code_injection", "office_executables", "office_child_processes", "office_macro_api_calls", "obfuscated_scripts",
		"script_downloaded_executables", "email_executables", "lsass_credential_stealing", "usb_untrusted_processes",
		"office_communication_child_processes", "adobe_reader_child_processes", "ransomware", "wmi_persistence", "vulnerable_drivers",
	} {
		all["asr_"+rule] = "block"
	}
	return all
}

func audit24H2() map[string]string {
	all := map[string]string{"audit_categories": "ignored"}
	for value, names := range map[string][]string{
		"success": {
			"security_group_management", "plug_and_play", "process_creation", "group_membership", "special_logon", "audit_policy_change",
			"authentication_policy_change", "sensitive_privilege_use", "security_state_change", "security_system_extension",
		},
		"failure": {"account_lockout", "detailed_file_share", "other_policy_change"},
		"success_and_failure": {
			"credential_validation", "user_account_management", "logon", "other_logon_events", "file_share", "other_object_access",
			"removable_storage", "firewall_rule_change", "other_system_events", "system_integrity",
		},
	} {
		for _, name := range names {
			all["audit_"+name] = value
		}
	}
	return all
}
