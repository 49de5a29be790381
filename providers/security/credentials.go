package security

import "github.com/gildhq/gild/providers/settings"

const (
	deviceGuard = windowsPolicy + "DeviceGuard"
	msv         = lsa + `\MSV1_0`
	netlogon    = services + `Netlogon\Parameters`
)

// credentials protect passwords and other secrets in memory.
func credentials() []settings.Setting {
	vbs := admx("DeviceGuard", "Turn On Virtualization Based Security")
	ppl := func(n uint32) []settings.Part {
		return []settings.Part{settings.Dword(lsa, "RunAsPPL", n), settings.Named("policy", settings.Dword(systemPolicy, "RunAsPPL", n))}
	}
	return []settings.Setting{
		choice("lsa_protection", "LSASS as a protected process, which loads only signed plug-ins. A UEFI lock keeps it enabled even if the registry changes later.",
			admx("LocalSecurityAuthority", "Configures LSASS to run as a protected process")+"; "+learn("Configure added LSA protection", "Enable LSA protection"),
			is("enabled_with_uefi_lock", "", ppl(1)...), is("enabled", "from Windows 11, version 22H2", ppl(2)...), is("disabled", "", ppl(0)...)),
		toggle("custom_ssps", "Custom security packages in LSASS.",
			admx("LocalSecurityAuthority", "Allow Custom SSPs and APs to be loaded into LSASS"), dword{systemPolicy, "AllowCustomSSPsAPs"}, 1, 0),
		toggle("vbs", "Virtualization-based security, which Credential Guard and memory integrity require.", vbs,
			dword{deviceGuard, "EnableVirtualizationBasedSecurity"}, 1, 0),
		enum("vbs_platform", "What virtualization-based security requires of the machine.", vbs+", Select Platform Security Level",
			dword{deviceGuard, "RequirePlatformSecurityFeatures"}, v{"secure_boot", 1, ""}, v{"secure_boot_and_dma_protection", 3, ""}),
		enum("credential_guard", "Credential Guard. A UEFI lock keeps it enabled even if the registry changes later.", vbs+", Credential Guard Configuration",
			dword{deviceGuard, "LsaCfgFlags"}, v{"enabled_with_uefi_lock", 1, ""}, v{"enabled", 2, ""}, v{"disabled", 0, ""}),
		enum("memory_integrity", "Memory integrity (HVCI): only properly signed drivers run in the kernel.", vbs+", Virtualization Based Protection of Code Integrity",
			dword{deviceGuard, "HypervisorEnforcedCodeIntegrity"}, v{"enabled_with_uefi_lock", 1, ""}, v{"enabled", 2, ""}, v{"disabled", 0, ""}),
		enum("memory_integrity_uefi_table", "Whether memory integrity requires firmware with a memory attributes table.", vbs+", Require UEFI Memory Attributes Table",
			dword{deviceGuard, "HVCIMATRequired"}, v{"required", 1, ""}, v{"optional", 0, ""}),
		enum("system_guard", "Secure launch of the kernel.", vbs+", Secure Launch Configuration",
			dword{deviceGuard, "ConfigureSystemGuardLaunch"}, v{"enabled", 1, ""}, v{"disabled", 2, ""}),
		enum("machine_identity_isolation", "Where the password of the machine's account is kept: with LSASS, with virtualization-based security, or with both.",
			vbs+", Machine Identity Isolation Configuration", dword{deviceGuard, "MachineIdentityIsolation"},
			v{"not_configured", 3, "what Windows does by default"}, v{"audit", 1, "with both"}, v{"enforced", 2, "with virtualization-based security"}, v{"disabled", 0, "with LSASS"}),
		enum("kernel_shadow_stacks", "Stack protection of the kernel by the processor.", vbs+", Kernel-mode Hardware-enforced Stack Protection",
			dword{deviceGuard, "ConfigureKernelShadowStacksLaunch"}, v{"enforced", 1, ""}),
		toggle("wdigest", "Passwords in clear in memory, for digest authentication.", guide("WDigest Authentication (disabling may require KB2871997)"),
			dword{control + `SecurityProviders\WDigest`, "UseLogonCredential"}, 1, 0),
		enum("credssp_oracle", "Connections with CredSSP peers that lack the update for CVE-2018-0886.",
			admx("CredSsp", "Encryption Oracle Remediation"), dword{uacPolicy + `\CredSSP\Parameters`, "AllowEncryptionOracle"},
			v{"force_updated_clients", 0, ""}, v{"mitigated", 1, ""}, v{"vulnerable", 2, ""}),
		toggle("protected_credentials_delegation", "Remote Credential Guard and restricted administration for remote logons to this machine.",
			admx("CredSsp", "Remote host allows delegation of non-exportable credentials"), dword{windowsPolicy + "CredentialsDelegation", "AllowProtectedCreds"}, 1, 0),
		toggle("password_in_mpr_notifications", "The user's password in what Winlogon tells network providers.",
			admx("WinLogon", "Configure the transmission of the user's password in the content of MPR notifications sent by winlogon."), dword{uacPolicy, "EnableMPR"}, 1, 0),
		cachedLogons(),
	}
}

// cachedLogons is a number that the registry stores as text.
func cachedLogons() settings.Setting {
	return settings.Setting{
		Name: "cached_logons", Doc: "Number of domain users who can log on while no domain controller is available.",
		Source: option("Interactive logon: Number of previous logons to cache (in case domain controller is not available)"),
		Number: &settings.Number{Max: 50, Unit: "users", Make: func(n uint32) []settings.Part {
			return []settings.Part{settings.String(`HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon`, "CachedLogonsCount", decimal(n))}
		}},
	}
}

// authentication is about authentication over the network.
func authentication() []settings.Setting {
	sec := []v{{"ntlmv2_and_128_bit", 0x20080000, ""}, {"128_bit", 0x20000000, ""}, {"ntlmv2", 0x00080000, ""}, {"none", 0, ""}}
	return []settings.Setting{
		enum("lan_manager_level", "What the machine sends, and as a domain controller takes, of LM and NTLM.",
			option("Network security: LAN Manager authentication level"), dword{lsa, "LmCompatibilityLevel"},
			v{"lm_and_ntlm", 0, ""}, v{"ntlmv2_if_negotiated", 1, ""}, v{"ntlm", 2, ""}, v{"ntlmv2", 3, ""},
			v{"ntlmv2_refuse_lm", 4, ""}, v{"ntlmv2_refuse_lm_and_ntlm", 5, ""}),
		enum("lm_hash", "The LM hash of a password, when it is changed.", option("Network security: Do not store LAN Manager hash value on next password change"),
			dword{lsa, "NoLMHash"}, v{"not_stored", 1, ""}, v{"stored", 0, ""}),
		enum("ntlm_client_security", "What the client requires of NTLM sessions.",
			option("Network security: Minimum session security for NTLM SSP based (including secure RPC) clients"), dword{msv, "NTLMMinClientSec"}, sec...),
		enum("ntlm_server_security", "What the server requires of NTLM sessions.",
			option("Network security: Minimum session security for NTLM SSP based (including secure RPC) servers"), dword{msv, "NTLMMinServerSec"}, sec...),
		enum("ntlm_outgoing", "NTLM to remote servers.", option("Network security: Restrict NTLM: Outgoing NTLM traffic to remote servers"),
			dword{msv, "RestrictSendingNTLMTraffic"}, v{"allow", 0, ""}, v{"audit", 1, ""}, v{"deny", 2, ""}),
		enum("ntlm_incoming", "Incoming NTLM authentication.", option("Network security: Restrict NTLM: Incoming NTLM traffic"),
			dword{msv, "RestrictReceivingNTLMTraffic"}, v{"allow", 0, ""}, v{"deny_domain_accounts", 1, ""}, v{"deny", 2, ""}),
		enum("ntlm_incoming_audit", "Events for incoming NTLM authentication.", option("Network security: Restrict NTLM: Audit Incoming NTLM Traffic"),
			dword{msv, "AuditReceivingNTLMTraffic"}, v{"disabled", 0, ""}, v{"domain_accounts", 1, ""}, v{"all", 2, ""}),
		toggle("ntlm_null_session_fallback", "Null sessions for LocalSystem with NTLM.", option("Network security: Allow LocalSystem NULL session fallback"),
			dword{msv, "allownullsessionfallback"}, 1, 0),
		enum("ldap_client_signing", "Signing that the LDAP client requests of servers.", option("Network security: LDAP client signing requirements"),
			dword{services + "LDAP", "LDAPClientIntegrity"}, v{"none", 0, ""}, v{"negotiate", 1, ""}, v{"required", 2, ""}),
		enum("blank_passwords", "Where local accounts without a password can log on.", option("Accounts: Limit local account use of blank passwords to console logon only"),
			dword{lsa, "LimitBlankPasswordUse"}, v{"console_only", 1, ""}, v{"anywhere", 0, ""}),
		enum("anonymous_sam", "Names of accounts for anonymous connections.", option("Network access: Do not allow anonymous enumeration of SAM accounts"),
			dword{lsa, "RestrictAnonymousSAM"}, v{"denied", 1, ""}, v{"allowed", 0, ""}),
		enum("anonymous_shares", "Names of accounts and shares for anonymous connections.", option("Network access: Do not allow anonymous enumeration of SAM accounts and shares"),
			dword{lsa, "RestrictAnonymous"}, v{"denied", 1, ""}, v{"allowed", 0, ""}),
		enum("anonymous_in_everyone", "Whether Everyone includes anonymous users.", option("Network access: Let Everyone permissions apply to anonymous users"),
			dword{lsa, "EveryoneIncludesAnonymous"}, v{"no", 0, ""}, v{"yes", 1, ""}),
		choice("remote_sam", "Who can ask for accounts and groups from another machine.", option("Network access: Restrict clients allowed to make remote calls to SAM"),
			is("administrators", "", settings.String(lsa, "RestrictRemoteSAM", "O:BAG:BAD:(A;;RC;;;BA)"))),
		choice("secure_channel", "The channel to the domain controller: signed, encrypted, with a strong key.",
			option("Domain member: Digitally encrypt or sign secure channel data (always)")+" and the three next to it",
			is("required", "", numbers(netlogon, 1, "RequireSignOrSeal", "SealSecureChannel", "SignSecureChannel", "RequireStrongKey")...)),
		toggle("machine_password_change", "Regular changes of the machine's password in the domain.", option("Domain member: Disable machine account password changes"),
			dword{netlogon, "DisablePasswordChange"}, 0, 1),
		choice("pkinit_hashes", "Hashes in Kerberos logons with certificates.",
			admx("Kerberos", "Configure hash algorithms for certificate logon")+", "+admx("KDC", "Configure hash algorithms for certificate logon"),
			is("sha2", "SHA-256, SHA-384 and SHA-512, not SHA-1", append(pkinit("client", `Kerberos`, "PKInit"), pkinit("kdc", `KDC`, "PKINIT")...)...)),
	}
}

// pkinit are the values for client or server; 0 means not supported, 3 supported.
func pkinit(side, key, prefix string) []settings.Part {
	var parts []settings.Part
	for _, v := range []v{{"HashAlgorithmConfigurationEnabled", 1, "configured"}, {"SHA1", 0, "sha1"}, {"SHA256", 3, "sha256"}, {"SHA384", 3, "sha384"}, {"SHA512", 3, "sha512"}} {
		parts = append(parts, settings.Named(side+"_"+v.doc, settings.Dword(uacPolicy+`\`+key+`\Parameters`, prefix+v.name, v.n)))
	}
	return parts
}
