package security

import (
	"fmt"

	"github.com/gildhq/gild/providers/settings"
)

const auditScript = "audit_policy"

// audit is the advanced audit policy. Its format in the hive SECURITY is not documented,
// so auditpol sets it at the first boot.
func audit() []settings.Setting {
	all := []settings.Setting{
		enum("audit_categories", "Whether the old policy by categories has no effect, so that the one below has.",
			option("Audit: Force audit policy subcategory settings (Windows Vista or later) to override audit policy category settings"),
			dword{lsa, "SCENoApplyLegacyAuditPolicy"}, v{"ignored", 1, ""}, v{"applied", 0, ""}),
	}
	for _, s := range []struct {
		name   string
		number int // first part of the GUID, counted from 0CCE9200
		title  string
	}{
		{"security_state_change", 0x10, "Security State Change"},
		{"security_system_extension", 0x11, "Security System Extension"},
		{"system_integrity", 0x12, "System Integrity"},
		{"ipsec_driver", 0x13, "IPsec Driver"},
		{"other_system_events", 0x14, "Other System Events"},
		{"logon", 0x15, "Logon"},
		{"logoff", 0x16, "Logoff"},
		{"account_lockout", 0x17, "Account Lockout"},
		{"special_logon", 0x1b, "Special Logon"},
		{"other_logon_events", 0x1c, "Other Logon/Logoff Events"},
		{"file_system", 0x1d, "File System"},
		{"registry", 0x1e, "Registry"},
		{"kernel_object", 0x1f, "Kernel Object"},
		{"sam", 0x20, "SAM"},
		{"certification_services", 0x21, "Certification Services"},
		{"handle_manipulation", 0x23, "Handle Manipulation"},
		{"file_share", 0x24, "File Share"},
		{"packet_drop", 0x25, "Filtering Platform Packet Drop"},
		{"filtering_connection", 0x26, "Filtering Platform Connection"},
		{"other_object_access", 0x27, "Other Object Access Events"},
		{"sensitive_privilege_use", 0x28, "Sensitive Privilege Use"},
		{"process_creation", 0x2b, "Process Creation"},
		{"process_termination", 0x2c, "Process Termination"},
		{"dpapi_activity", 0x2d, "DPAPI Activity"},
		{"rpc_events", 0x2e, "RPC Events"},
		{"audit_policy_change", 0x2f, "Audit Policy Change"},
		{"authentication_policy_change", 0x30, "Authentication Policy Change"},
		{"authorization_policy_change", 0x31, "Authorization Policy Change"},
		{"firewall_rule_change", 0x32, "MPSSVC Rule-Level Policy Change"},
		{"other_policy_change", 0x34, "Other Policy Change Events"},
		{"user_account_management", 0x35, "User Account Management"},
		{"computer_account_management", 0x36, "Computer Account Management"},
		{"security_group_management", 0x37, "Security Group Management"},
		{"other_account_management", 0x3a, "Other Account Management Events"},
		{"directory_service_access", 0x3b, "Directory Service Access"},
		{"directory_service_changes", 0x3c, "Directory Service Changes"},
		{"credential_validation", 0x3f, "Credential Validation"},
		{"kerberos_service_tickets", 0x40, "Kerberos Service Ticket Operations"},
		{"kerberos_authentication", 0x42, "Kerberos Authentication Service"},
		{"detailed_file_share", 0x44, "Detailed File Share"},
		{"removable_storage", 0x45, "Removable Storage"},
		{"plug_and_play", 0x48, "Plug and Play Events"},
		{"group_membership", 0x49, "Group Membership"},
	} {
		all = append(all, subcategory("audit_"+s.name, s.title, fmt.Sprintf("{0CCE92%02X-69AE-11D9-BED3-505054503030}", s.number)))
	}
	return all
}

func subcategory(name, title, guid string) settings.Setting {
	s := settings.Setting{Name: name, Doc: "Events of the subcategory " + title + ".", Source: "[MS-GPAC], subcategory “" + title + "”; " + learn("auditpol set", "")}
	for _, e := range [][3]string{{"none", "disable", "disable"}, {"success", "enable", "disable"}, {"failure", "disable", "enable"}, {"success_and_failure", "enable", "enable"}} {
		s.Values = append(s.Values, is(e[0], "", settings.Line(auditScript, fmt.Sprintf(`auditpol /set /subcategory:"%s" /success:%s /failure:%s`, guid, e[1], e[2]))))
	}
	return s
}
