package security

import "github.com/gildhq/gild/providers/settings"

const (
	lanmanServer      = services + `LanmanServer\Parameters`
	lanmanClient      = services + `LanmanWorkstation\Parameters`
	lanmanServerRules = windowsPolicy + "LanmanServer"
	lanmanClientRules = windowsPolicy + "LanmanWorkstation"
	hardenedPaths     = windowsPolicy + `NetworkProvider\HardenedPaths`
)

func smb() []settings.Setting {
	const mutual = "RequireMutualAuthentication=1,RequireIntegrity=1"
	audits := func(key string, n uint32, names ...string) []settings.Part { return numbers(key, n, names...) }
	serverAudits := []string{"AuditClientDoesNotSupportEncryption", "AuditClientDoesNotSupportSigning", "AuditInsecureGuestLogon"}
	clientAudits := []string{"AuditServerDoesNotSupportEncryption", "AuditServerDoesNotSupportSigning", "AuditInsecureGuestLogon"}
	return []settings.Setting{
		choice("smb1", "SMB version 1, in server and client. A `feature` resource removes its files.",
			guide("Configure SMB v1 server")+", "+guide("Configure SMB v1 client driver"),
			is("disabled", "",
				settings.Named("server", settings.Dword(lanmanServer, "SMB1", 0)),
				settings.Named("client", settings.Dword(services+"MrxSmb10", "Start", 4)))),
		enum("smb_server_signing", "Signing that the SMB server requests of clients.",
			option("Microsoft network server: Digitally sign communications (always)"),
			dword{lanmanServer, "RequireSecuritySignature"}, v{"required", 1, ""}, v{"optional", 0, ""}),
		enum("smb_client_signing", "Signing that the SMB client requests of servers.",
			option("Microsoft network client: Digitally sign communications (always)"),
			dword{lanmanClient, "RequireSecuritySignature"}, v{"required", 1, ""}, v{"optional", 0, ""}),
		enum("smb_client_encryption", "Encryption that the SMB client requests of servers.",
			admx("LanmanWorkstation", "Require Encryption"),
			dword{lanmanClientRules, "RequireEncryption"}, v{"required", 1, ""}, v{"optional", 0, ""}),
		toggle("smb_insecure_guest_logons", "Guest logons of the SMB client, without a password.",
			admx("LanmanWorkstation", "Enable insecure guest logons"), dword{lanmanClientRules, "AllowInsecureGuestAuth"}, 1, 0),
		toggle("smb_plaintext_passwords", "Plain-text passwords to SMB servers that support nothing else.",
			option("Microsoft network client: Send unencrypted password to third-party SMB servers"), dword{lanmanClient, "EnablePlainTextPassword"}, 1, 0),
		dialect("smb_server_min_version", "Lowest version of SMB that the server speaks.", "LanmanServer", "Mandate the minimum version of SMB", dword{lanmanServerRules, "MinSmb2Dialect"}),
		dialect("smb_server_max_version", "Highest version of SMB that the server speaks.", "LanmanServer", "Mandate the maximum version of SMB", dword{lanmanServerRules, "MaxSmb2Dialect"}),
		dialect("smb_client_min_version", "Lowest version of SMB that the client speaks.", "LanmanWorkstation", "Mandate the minimum version of SMB", dword{lanmanClientRules, "MinSmb2Dialect"}),
		dialect("smb_client_max_version", "Highest version of SMB that the client speaks.", "LanmanWorkstation", "Mandate the maximum version of SMB", dword{lanmanClientRules, "MaxSmb2Dialect"}),
		toggle("smb_auth_rate_limiter", "A delay after each failed logon at the SMB server.",
			admx("LanmanServer", "Enable authentication rate limiter"), dword{lanmanServerRules, "EnableAuthRateLimiter"}, 1, 0),
		number("smb_auth_delay", "Length of that delay.",
			admx("LanmanServer", "Set authentication rate limiter delay (milliseconds)"), "milliseconds",
			dword{lanmanServerRules, "InvalidAuthenticationDelayTimeInMs"}, 0, 10000),
		toggle("smb_server_mailslots", "Remote mailslots in the server.", admx("LanmanServer", "Enable remote mailslots"),
			dword{windowsPolicy + "Bowser", "EnableMailslots"}, 1, 0),
		toggle("smb_client_mailslots", "Remote mailslots in the client.", admx("LanmanWorkstation", "Enable remote mailslots"),
			dword{windowsPolicy + "NetworkProvider", "EnableMailslots"}, 1, 0),
		choice("smb_server_audit", "Events for clients of SMB that can't encrypt or sign, and for guests.",
			admx("LanmanServer", "Audit client does not support encryption")+" and the two next to it",
			is("enabled", "", audits(lanmanServerRules, 1, serverAudits...)...), is("disabled", "", audits(lanmanServerRules, 0, serverAudits...)...)),
		choice("smb_client_audit", "Events for servers of SMB that can't encrypt or sign, and for logons as a guest.",
			admx("LanmanWorkstation", "Audit server does not support encryption")+" and the two next to it",
			is("enabled", "", audits(lanmanClientRules, 1, clientAudits...)...), is("disabled", "", audits(lanmanClientRules, 0, clientAudits...)...)),
		choice("hardened_unc_paths", "Mutual authentication and integrity for the shares that policies come from.",
			admx("NetworkProvider", "Hardened UNC Paths"),
			is("enabled", "",
				settings.Named("sysvol", settings.String(hardenedPaths, `\\*\SYSVOL`, mutual)),
				settings.Named("netlogon", settings.String(hardenedPaths, `\\*\NETLOGON`, mutual)))),
		enum("null_session_access", "What anonymous sessions can open: the named pipes and shares that are listed for them, or all.",
			option("Network access: Restrict anonymous access to Named Pipes and Shares"),
			dword{lanmanServer, "RestrictNullSessAccess"}, v{"restricted", 1, ""}, v{"unrestricted", 0, ""}),
	}
}

// dialect is a version of SMB ([MS-SMB2] §2.2.3, DialectRevision).
func dialect(name, doc, file, policy string, at dword) settings.Setting {
	return enum(name, doc, admx(file, policy)+", [MS-SMB2] §2.2.3", at,
		v{"2.0.2", 0x0202, ""}, v{"2.1.0", 0x0210, ""}, v{"3.0.0", 0x0300, ""}, v{"3.0.2", 0x0302, ""}, v{"3.1.1", 0x0311, ""})
}
