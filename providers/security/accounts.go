package security

import (
	"fmt"
	"strconv"

	"github.com/gildhq/gild/providers/settings"
)

const (
	accountPolicyScript = "account_policy"
	accountScript       = "accounts"
)

// accounts is the policy for passwords and lockout, and the built-in accounts. Their format
// in the hive SAM is not documented, so a script sets them at the first boot.
func accounts() []settings.Setting {
	policy := func(name, doc, title, unit, option string, low, high uint32) settings.Setting {
		return settings.Setting{Name: name, Doc: doc, Source: "account policy “" + title + "”; net accounts", Number: &settings.Number{
			Min: low, Max: high, Unit: unit,
			Make: func(n uint32) []settings.Part {
				return []settings.Part{settings.Line(accountPolicyScript, fmt.Sprintf("/%s:%d", option, n))}
			},
		}}
	}
	return []settings.Setting{
		policy("password_min_length", "Minimum length of a password.", "Minimum password length", "characters", "minpwlen", 0, 14),
		policy("password_history", "Number of previous passwords that can't be reused.", "Enforce password history", "passwords", "uniquepw", 0, 24),
		policy("password_min_age", "Time after which a password can be changed.", "Minimum password age", "days", "minpwage", 0, 998),
		policy("lockout_threshold", "Failed logons after which an account is locked; 0: never.", "Account lockout threshold", "logons", "lockoutthreshold", 0, 999),
		policy("lockout_duration", "Time for which an account stays locked, at least `lockout_window`.", "Account lockout duration", "minutes", "lockoutduration", 1, 99999),
		policy("lockout_window", "Time after which the count of failed logons is reset.", "Reset account lockout counter after", "minutes", "lockoutwindow", 1, 99999),
		account("guest_account", "The built-in account Guest.", "Accounts: Guest account status", 501),
		account("administrator_account", "The built-in account Administrator. Create another administrator before you disable it.", "Accounts: Administrator account status", 500),
	}
}

// account is a built-in account. The script finds it by the last part of its SID, because
// accounts can be renamed ([MS-DTYP] §2.4.2.4).
func account(name, doc, title string, rid int) settings.Setting {
	line := func(verb string) settings.Part {
		return settings.Line(accountScript, fmt.Sprintf(
			`powershell -NoProfile -NonInteractive -ExecutionPolicy Bypass -Command "Get-LocalUser | Where-Object { $_.SID.Value -like 'S-1-5-21-*-%d' } | %s-LocalUser"`, rid, verb))
	}
	return choice(name, doc, option(title)+"; [MS-DTYP] §2.4.2.4", is("disabled", "", line("Disable")), is("enabled", "", line("Enable")))
}

func scripts() []settings.Script {
	return []settings.Script{
		{Name: auditScript, ID: "security-audit-policy", Title: "Set the audit policy"},
		{Name: accountPolicyScript, ID: "security-account-policy", Title: "Set the policy for passwords and lockout", Prefix: "net accounts"},
		{Name: accountScript, ID: "security-accounts", Title: "Enable and disable built-in accounts"},
	}
}

func decimal(n uint32) string { return strconv.FormatUint(uint64(n), 10) }
