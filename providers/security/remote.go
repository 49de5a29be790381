package security

import "github.com/gildhq/gild/providers/settings"

// remote is about remote control of the machine.
func remote() []settings.Setting {
	const (
		ts      = policies + `Windows NT\Terminal Services`
		client  = windowsPolicy + `WinRM\Client`
		service = windowsPolicy + `WinRM\Service`
	)
	rdp := func(policy string) string { return admx("TerminalServer", policy) }
	rm := func(policy string) string { return admx("WindowsRemoteManagement", policy) }
	return []settings.Setting{
		toggle("rdp", "Remote Desktop to this machine. The rules of the firewall for it are not changed.",
			"Unattended Windows Setup Reference, Microsoft-Windows-TerminalServices-LocalSessionManager, fDenyTSConnections",
			dword{control + "Terminal Server", "fDenyTSConnections"}, 0, 1),
		enum("rdp_network_level_authentication", "Network Level Authentication: users are authenticated before a session is created.",
			rdp("Require user authentication for remote connections by using Network Level Authentication"), dword{ts, "UserAuthentication"}, v{"required", 1, ""}, v{"optional", 0, ""}),
		enum("rdp_security_layer", "What protects sessions.", rdp("Require use of specific security layer for remote (RDP) connections"), dword{ts, "SecurityLayer"},
			v{"rdp", 0, ""}, v{"negotiate", 1, ""}, v{"tls", 2, ""}),
		enum("rdp_encryption_level", "Encryption of sessions, where the security layer is that of RDP.", rdp("Set client connection encryption level"), dword{ts, "MinEncryptionLevel"},
			v{"low", 1, ""}, v{"client_compatible", 2, ""}, v{"high", 3, ""}),
		toggle("rdp_password_prompt", "Asking for the password, though the client has it.", rdp("Always prompt for password upon connection"), dword{ts, "fPromptForPassword"}, 1, 0),
		toggle("rdp_drive_redirection", "Drives of the client, in sessions.", rdp("Do not allow drive redirection"), dword{ts, "fDisableCdm"}, 0, 1),
		toggle("rdp_clipboard_redirection", "The clipboard of the client, in sessions.", rdp("Do not allow Clipboard redirection"), dword{ts, "fDisableClip"}, 0, 1),
		toggle("rdp_password_saving", "Saving passwords in the client.", rdp("Do not allow passwords to be saved"), dword{ts, "DisablePasswordSaving"}, 0, 1),
		enum("rdp_rpc", "RPC to the session host.", rdp("Require secure RPC communication"), dword{ts, "fEncryptRPCTraffic"}, v{"secure", 1, ""}, v{"any", 0, ""}),
		toggle("remote_assistance", "Requests for Remote Assistance.", admx("RemoteAssistance", "Configure Solicited Remote Assistance"), dword{ts, "fAllowToGetHelp"}, 1, 0),
		toggle("remote_assistance_offers", "Offers of help without being asked.", admx("RemoteAssistance", "Configure Offer Remote Assistance"), dword{ts, "fAllowUnsolicited"}, 1, 0),
		toggle("winrm_client_basic", "Passwords in clear from the client of WinRM.", rm("Allow Basic authentication")+" of the client", dword{client, "AllowBasic"}, 1, 0),
		toggle("winrm_client_digest", "Digest authentication by the client.", rm("Disallow Digest authentication"), dword{client, "AllowDigest"}, 1, 0),
		toggle("winrm_client_unencrypted", "Unencrypted traffic from the client.", rm("Allow unencrypted traffic")+" of the client", dword{client, "AllowUnencryptedTraffic"}, 1, 0),
		toggle("winrm_service_basic", "Passwords in clear to the service of WinRM.", rm("Allow Basic authentication")+" of the service", dword{service, "AllowBasic"}, 1, 0),
		toggle("winrm_service_unencrypted", "Unencrypted traffic to the service.", rm("Allow unencrypted traffic")+" of the service", dword{service, "AllowUnencryptedTraffic"}, 1, 0),
		toggle("winrm_run_as", "Credentials that plug-ins of the service keep.", rm("Disallow WinRM from storing RunAs credentials"), dword{service, "DisableRunAs"}, 0, 1),
		choice("remote_registry", "The service Remote Registry.", learn("Guidance on disabling system services on Windows Server", "Remote Registry"),
			is("disabled", "", settings.Service("RemoteRegistry", "disabled")), is("manual", "", settings.Service("RemoteRegistry", "manual"))),
	}
}

// printing is the print spooler and Point and Print.
func printing() []settings.Setting {
	const (
		printers = policies + `Windows NT\Printers`
		point    = printers + `\PointAndPrint`
		rpc      = printers + `\RPC`
	)
	prompts := func(n uint32) []settings.Part {
		return []settings.Part{settings.Named("install", settings.Dword(point, "NoWarningNoElevationOnInstall", n)), settings.Named("update", settings.Dword(point, "UpdatePromptSettings", n))}
	}
	return []settings.Setting{
		choice("print_spooler", "The service that prints.", learn("Guidance on disabling system services on Windows Server", "Print Spooler"),
			is("disabled", "", settings.Service("Spooler", "disabled")), is("enabled", "", settings.Service("Spooler", "auto"))),
		enum("print_remote_clients", "Clients of the spooler on other machines.", admx("Printing2", "Allow Print Spooler to accept client connections"),
			dword{printers, "RegisterSpoolerRemoteRpcEndPoint"}, v{"accepted", 1, ""}, v{"refused", 2, ""}),
		enum("print_driver_installation", "Who can install drivers of printers.", guide("Limits print driver installation to Administrators"),
			dword{point, "RestrictDriverInstallationToAdministrators"}, v{"administrators", 1, ""}, v{"everybody", 0, ""}),
		choice("point_and_print_prompts", "Warnings before a driver is installed or updated from a print server.",
			admx("Printing", "Point and Print Restrictions"), is("enabled", "", prompts(0)...)),
		toggle("print_drivers_over_http", "Downloads of drivers over HTTP.", admx("ICM", "Turn off downloading of print drivers over HTTP"), dword{printers, "DisableWebPnPDownload"}, 0, 1),
		toggle("printing_over_http", "Printing over HTTP.", admx("ICM", "Turn off printing over HTTP"), dword{printers, "DisableHTTPPrinting"}, 0, 1),
		toggle("print_redirection_guard", "Redirection guard: the spooler does not follow links that were not created by administrators.", admx("Printing", "Configure Redirection Guard"), dword{printers, "RedirectionGuardPolicy"}, 1, 0),
		enum("print_queue_files", "Files that come with a print queue.", admx("Printing", "Manage processing of Queue-specific files"), dword{printers, "CopyFilesPolicy"},
			v{"none", 0, ""}, v{"color_profiles", 1, ""}, v{"all", 2, ""}),
		enum("print_rpc_protocol", "Protocol of connections to remote spoolers.", admx("Printing", "Configure RPC connection settings"), dword{rpc, "RpcUseNamedPipeProtocol"}, v{"tcp", 0, ""}, v{"named_pipes", 1, ""}),
		enum("print_rpc_authentication", "Whether that is authenticated.", admx("Printing", "Configure RPC connection settings"), dword{rpc, "RpcAuthentication"}, v{"default", 0, ""}, v{"enabled", 1, ""}, v{"disabled", 2, ""}),
		enum("print_rpc_listener_protocol", "Protocols of connections from remote machines to the spooler.", admx("Printing", "Configure RPC listener settings"), dword{rpc, "RpcProtocols"}, v{"named_pipes", 3, ""}, v{"tcp", 5, ""}, v{"both", 7, ""}),
		enum("print_rpc_listener_authentication", "Authentication of connections from remote machines to the spooler.", admx("Printing", "Configure RPC listener settings"), dword{rpc, "ForceKerberosForRpc"}, v{"negotiate", 0, ""}, v{"kerberos", 1, ""}),
		number("print_rpc_port", "Port of the spooler; 0: any.", admx("Printing", "Configure RPC over TCP port"), "", dword{rpc, "RpcTcpPort"}, 0, 65535),
		toggle("print_rpc_privacy", "Encryption of RPC to the spooler.", guide("Configure RPC packet level privacy setting for incoming connections"), dword{control + "Print", "RpcAuthnLevelPrivacyEnabled"}, 1, 0),
	}
}
