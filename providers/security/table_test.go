package security_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/all"
	"github.com/gildhq/gild/providers/providertest"
	"github.com/gildhq/gild/providers/security"
	"github.com/gildhq/gild/providers/settings"
)

type object = map[string]cty.Value

func str(s string) cty.Value { return cty.StringVal(s) }

// samples are texts for the settings that can be any.
var samples = map[string]string{"powershell_transcription_folder": `C:\Transcripts`, "update_server": "https://wsus.example.com:8531"}

// values returns values that a setting can have: all, or the ends of the range.
func values(t *testing.T, s settings.Setting) []string {
	switch {
	case s.Number != nil:
		return []string{cty.NumberUIntVal(uint64(s.Number.Min)).AsBigFloat().Text('f', -1), cty.NumberUIntVal(uint64(s.Number.Max)).AsBigFloat().Text('f', -1)}
	case s.Text != nil:
		if samples[s.Name] == "" {
			t.Fatalf("no sample of %s", s.Name)
		}
		return []string{samples[s.Name]}
	}
	var all []string
	for _, v := range s.Values {
		all = append(all, v.Name)
	}
	return all
}

func TestEveryValue(t *testing.T) {
	p, kinds := security.Provider(), all.All()
	if err := providertest.Validate([]*providers.Provider{p}); err != nil {
		t.Fatal(err)
	}
	for _, s := range security.Catalogue().Settings {
		if s.Doc == "" || !strings.HasSuffix(s.Doc, ".") || s.Source == "" {
			t.Errorf("%s: Doc %q, Source %q", s.Name, s.Doc, s.Source)
		}
		for _, v := range values(t, s) {
			children := providertest.Expand(t, p, kinds, object{s.Name: str(v)})
			if len(children) == 0 {
				t.Errorf("%s = %q is nothing", s.Name, v)
			}
		}
	}
}

// TestAll sets every setting at once, to the first and to the last of its values:
// no two may decide on the same thing.
func TestAll(t *testing.T) {
	for _, last := range []bool{false, true} {
		set := object{}
		for _, s := range security.Catalogue().Settings {
			vs := values(t, s)
			set[s.Name] = str(vs[0])
			if last {
				set[s.Name] = str(vs[len(vs)-1])
			}
		}
		providertest.Expand(t, security.Provider(), all.All(), set)
	}
}

func TestBaselines(t *testing.T) {
	c := security.Catalogue()
	for _, b := range c.Presets {
		for name, v := range b.Values {
			i := slices.IndexFunc(c.Settings, func(s settings.Setting) bool { return s.Name == name })
			if i < 0 {
				t.Errorf("%s: there is no setting %q", b.Name, name)
			} else if s := c.Settings[i]; s.Number == nil && !slices.Contains(values(t, s), v) {
				t.Errorf("%s: %s can't be %q", b.Name, name, v)
			}
		}
		children := providertest.Expand(t, security.Provider(), all.All(), object{"baseline": str(b.Name)})
		t.Logf("%s: %d settings, %d resources", b.Name, len(b.Values), len(children))
	}
}

// TestMicrosoft compares the baseline with values that Microsoft publishes in the
// settings workbook and the policy rules of "Windows 11 v24H2 Security Baseline".
func TestMicrosoft(t *testing.T) {
	published := `
SOFTWARE\Policies\Microsoft\Windows\DeviceGuard!EnableVirtualizationBasedSecurity=1
SOFTWARE\Policies\Microsoft\Windows\DeviceGuard!RequirePlatformSecurityFeatures=1
SOFTWARE\Policies\Microsoft\Windows\DeviceGuard!HypervisorEnforcedCodeIntegrity=1
SOFTWARE\Policies\Microsoft\Windows\DeviceGuard!HVCIMATRequired=1
SOFTWARE\Policies\Microsoft\Windows\DeviceGuard!LsaCfgFlags=1
SOFTWARE\Policies\Microsoft\Windows\DeviceGuard!ConfigureSystemGuardLaunch=1
SOFTWARE\Policies\Microsoft\Windows\DeviceGuard!ConfigureKernelShadowStacksLaunch=1
SOFTWARE\Policies\Microsoft\FVE!UseEnhancedPin=1
SOFTWARE\Policies\Microsoft\FVE!RDVDenyCrossOrg=0
SOFTWARE\Policies\Microsoft\FVE!DisableExternalDMAUnderLock=1
SOFTWARE\Policies\Microsoft\Power\PowerSettings\abfc2519-3608-4c2a-94ea-171b0ed546ab!DCSettingIndex=0
SOFTWARE\Policies\Microsoft\Power\PowerSettings\abfc2519-3608-4c2a-94ea-171b0ed546ab!ACSettingIndex=0
SOFTWARE\Policies\Microsoft\Windows\DeviceInstall\Restrictions\DenyDeviceClasses!1={d48179be-ec20-11d1-b6b8-00c04fa372a7}
SYSTEM\CurrentControlSet\Policies\Microsoft\FVE!RDVDenyWriteAccess=1
SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\Explorer!NoWebServices=1
SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\Explorer!NoAutorun=1
SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\Explorer!NoDriveTypeAutoRun=255
SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\LAPS!BackupDirectory=2
SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\LAPS!ADPasswordEncryptionEnabled=1
SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\LAPS!ADBackupDSRMPassword=1
SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System!MSAOptional=1
SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System!DisableAutomaticRestartSignOn=1
SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System!LocalAccountTokenFilterPolicy=0
SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System!EnableMPR=0
SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System\CredSSP\Parameters!AllowEncryptionOracle=0
SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System\KDC\Parameters!PKINITHashAlgorithmConfigurationEnabled=1
SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System\KDC\Parameters!PKINITSHA1=0
SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System\Kerberos\Parameters!PKInitSHA512=3
SOFTWARE\Policies\Microsoft\Biometrics\FacialFeatures!EnhancedAntiSpoofing=1
SOFTWARE\Policies\Microsoft\Internet Explorer\Feeds!DisableEnclosureDownload=1
SOFTWARE\Policies\Microsoft\Power\PowerSettings\0e796bdb-100d-47d6-a2d5-f7d2daa51f51!DCSettingIndex=1
SOFTWARE\Policies\Microsoft\Power\PowerSettings\0e796bdb-100d-47d6-a2d5-f7d2daa51f51!ACSettingIndex=1
SOFTWARE\Policies\Microsoft\Windows\AppPrivacy!LetAppsActivateWithVoiceAboveLock=2
SOFTWARE\Policies\Microsoft\Windows\Bowser!EnableMailslots=0
SOFTWARE\Policies\Microsoft\Windows\CloudContent!DisableWindowsConsumerFeatures=1
SOFTWARE\Policies\Microsoft\Windows\CredentialsDelegation!AllowProtectedCreds=1
SOFTWARE\Policies\Microsoft\Windows\EventLog\Application!MaxSize=32768
SOFTWARE\Policies\Microsoft\Windows\EventLog\Security!MaxSize=196608
SOFTWARE\Policies\Microsoft\Windows\EventLog\System!MaxSize=32768
SOFTWARE\Policies\Microsoft\Windows\Explorer!NoAutoplayfornonVolume=1
SOFTWARE\Policies\Microsoft\Windows\Explorer!DisableMotWOnInsecurePathCopy=0
SOFTWARE\Policies\Microsoft\Windows\GameDVR!AllowGameDVR=0
SOFTWARE\Policies\Microsoft\Windows\Installer!AlwaysInstallElevated=0
SOFTWARE\Policies\Microsoft\Windows\Installer!EnableUserControl=0
SOFTWARE\Policies\Microsoft\Windows\Kernel DMA Protection!DeviceEnumerationPolicy=0
SOFTWARE\Policies\Microsoft\Windows\LanmanServer!AuditClientDoesNotSupportEncryption=1
SOFTWARE\Policies\Microsoft\Windows\LanmanServer!EnableAuthRateLimiter=1
SOFTWARE\Policies\Microsoft\Windows\LanmanServer!MaxSmb2Dialect=785
SOFTWARE\Policies\Microsoft\Windows\LanmanServer!MinSmb2Dialect=768
SOFTWARE\Policies\Microsoft\Windows\LanmanServer!InvalidAuthenticationDelayTimeInMs=2000
SOFTWARE\Policies\Microsoft\Windows\LanmanWorkstation!AllowInsecureGuestAuth=0
SOFTWARE\Policies\Microsoft\Windows\LanmanWorkstation!RequireEncryption=0
SOFTWARE\Policies\Microsoft\Windows\Network Connections!NC_ShowSharedAccessUI=0
SOFTWARE\Policies\Microsoft\Windows\NetworkProvider!EnableMailslots=0
SOFTWARE\Policies\Microsoft\Windows\NetworkProvider\HardenedPaths!\\*\SYSVOL=RequireMutualAuthentication=1,RequireIntegrity=1
SOFTWARE\Policies\Microsoft\Windows\Personalization!NoLockScreenCamera=1
SOFTWARE\Policies\Microsoft\Windows\Personalization!NoLockScreenSlideshow=1
SOFTWARE\Policies\Microsoft\Windows\PowerShell\ScriptBlockLogging!EnableScriptBlockLogging=1
SOFTWARE\Policies\Microsoft\Windows\Sudo!Enabled=0
SOFTWARE\Policies\Microsoft\Windows\System!AllowDomainPINLogon=0
SOFTWARE\Policies\Microsoft\Windows\System!EnumerateLocalUsers=0
SOFTWARE\Policies\Microsoft\Windows\System!EnableSmartScreen=1
SOFTWARE\Policies\Microsoft\Windows\System!ShellSmartScreenLevel=Block
SOFTWARE\Policies\Microsoft\Windows\System!AllowCustomSSPsAPs=0
SOFTWARE\Policies\Microsoft\Windows\System!RunAsPPL=1
SOFTWARE\Policies\Microsoft\Windows\WcmSvc\GroupPolicy!fBlockNonDomain=1
SOFTWARE\Policies\Microsoft\Windows\Windows Search!AllowIndexingEncryptedStoresOrItems=0
SOFTWARE\Policies\Microsoft\Windows\WinRM\Client!AllowDigest=0
SOFTWARE\Policies\Microsoft\Windows\WinRM\Service!DisableRunAs=1
SOFTWARE\Policies\Microsoft\Windows\WTDS\Components!ServiceEnabled=1
SOFTWARE\Policies\Microsoft\Windows NT\DNSClient!EnableMulticast=0
SOFTWARE\Policies\Microsoft\Windows NT\DNSClient!EnableNetbios=2
SOFTWARE\Policies\Microsoft\Windows NT\Printers!DisableWebPnPDownload=1
SOFTWARE\Policies\Microsoft\Windows NT\Printers!RedirectionGuardPolicy=1
SOFTWARE\Policies\Microsoft\Windows NT\Printers!CopyFilesPolicy=1
SOFTWARE\Policies\Microsoft\Windows NT\Printers\PointAndPrint!RestrictDriverInstallationToAdministrators=1
SOFTWARE\Policies\Microsoft\Windows NT\Printers\RPC!RpcProtocols=5
SOFTWARE\Policies\Microsoft\Windows NT\Rpc!RestrictRemoteClients=1
SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services!fAllowToGetHelp=0
SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services!MinEncryptionLevel=3
SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services!fPromptForPassword=1
SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services!fDisableCdm=1
SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services!DisablePasswordSaving=1
SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services!fEncryptRPCTraffic=1
SOFTWARE\Policies\Microsoft\WindowsFirewall\DomainProfile!DefaultOutboundAction=0
SOFTWARE\Policies\Microsoft\WindowsFirewall\DomainProfile!DefaultInboundAction=1
SOFTWARE\Policies\Microsoft\WindowsFirewall\PrivateProfile!DisableNotifications=1
SOFTWARE\Policies\Microsoft\WindowsFirewall\PublicProfile!AllowLocalIPsecPolicyMerge=0
SOFTWARE\Policies\Microsoft\WindowsFirewall\PublicProfile!AllowLocalPolicyMerge=0
SOFTWARE\Policies\Microsoft\WindowsFirewall\PublicProfile\Logging!LogFileSize=16384
SOFTWARE\Policies\Microsoft\WindowsInkWorkspace!AllowWindowsInkWorkspace=1
SYSTEM\CurrentControlSet\Control\Lsa!RunAsPPL=1
SYSTEM\CurrentControlSet\Control\Print!RpcAuthnLevelPrivacyEnabled=1
SYSTEM\CurrentControlSet\Control\SecurityProviders\WDigest!UseLogonCredential=0
SYSTEM\CurrentControlSet\Control\Session Manager\kernel!DisableExceptionChainValidation=0
SYSTEM\CurrentControlSet\Policies\EarlyLaunch!DriverLoadPolicy=3
SYSTEM\CurrentControlSet\Services\LanmanServer\Parameters!SMB1=0
SYSTEM\CurrentControlSet\Services\MrxSmb10!Start=4
SYSTEM\CurrentControlSet\Services\Netbt\Parameters!NoNameReleaseOnDemand=1
SYSTEM\CurrentControlSet\Services\Netbt\Parameters!NodeType=2
SYSTEM\CurrentControlSet\Services\Tcpip\Parameters!EnableICMPRedirect=0
SYSTEM\CurrentControlSet\Services\Tcpip6\Parameters!DisableIPSourceRouting=2
SOFTWARE\Policies\Microsoft\Windows Defender!PUAProtection=1
SOFTWARE\Policies\Microsoft\Windows Defender!HideExclusionsFromLocalAdmins=1
SOFTWARE\Policies\Microsoft\Windows Defender\Features!PassiveRemediation=1
SOFTWARE\Policies\Microsoft\Windows Defender\MpEngine!MpCloudBlockLevel=2
SOFTWARE\Policies\Microsoft\Windows Defender\MpEngine!MpBafsExtendedTimeout=50
SOFTWARE\Policies\Microsoft\Windows Defender\Real-Time Protection!DisableRealtimeMonitoring=0
SOFTWARE\Policies\Microsoft\Windows Defender\Real-Time Protection!OobeEnableRtpAndSigUpdate=1
SOFTWARE\Policies\Microsoft\Windows Defender\Scan!QuickScanIncludeExclusions=1
SOFTWARE\Policies\Microsoft\Windows Defender\Spynet!SpynetReporting=2
SOFTWARE\Policies\Microsoft\Windows Defender\Spynet!SubmitSamplesConsent=3
SOFTWARE\Policies\Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR!ExploitGuard_ASR_Rules=1
SOFTWARE\Policies\Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR\Rules!92e97fa1-2edf-4476-bdd6-9dd0b4dddc7b=1
SOFTWARE\Policies\Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR\Rules!56a863a9-875e-4185-98a7-b882c64b5ce5=1
SOFTWARE\Policies\Microsoft\Windows Defender\Windows Defender Exploit Guard\Network Protection!EnableNetworkProtection=1
SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System!ConsentPromptBehaviorEnhancedAdmin=1
SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System!TypeOfAdminApprovalMode=2
SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon!ScRemoveOption=1
SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System!InactivityTimeoutSecs=900
SYSTEM\CurrentControlSet\Control\Lsa!NoLMHash=1
SYSTEM\CurrentControlSet\Control\Lsa!LimitBlankPasswordUse=1
SYSTEM\CurrentControlSet\Control\Lsa!RestrictAnonymousSAM=1
SYSTEM\CurrentControlSet\Control\Lsa!RestrictAnonymous=1
SYSTEM\CurrentControlSet\Services\LanmanServer\Parameters!RestrictNullSessAccess=1
SYSTEM\CurrentControlSet\Control\Lsa!SCENoApplyLegacyAuditPolicy=1
SYSTEM\CurrentControlSet\Control\Lsa\MSV1_0!NTLMMinClientSec=537395200
SYSTEM\CurrentControlSet\Control\Lsa!LmCompatibilityLevel=5
SYSTEM\CurrentControlSet\Control\Lsa\MSV1_0!allownullsessionfallback=0
SYSTEM\CurrentControlSet\Services\Netlogon\Parameters!RequireStrongKey=1
SYSTEM\CurrentControlSet\Services\LanmanWorkstation\Parameters!RequireSecuritySignature=1
SYSTEM\CurrentControlSet\Services\Netlogon\Parameters!SealSecureChannel=1
SYSTEM\CurrentControlSet\Control\Session Manager!ProtectionMode=1
SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System!ConsentPromptBehaviorAdmin=2
SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System!EnableSecureUIAPaths=1
SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System!EnableLUA=1
SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System!ConsentPromptBehaviorUser=0
SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System!FilterAdministratorToken=1
SYSTEM\CurrentControlSet\Services\LDAP!LDAPClientIntegrity=1
SYSTEM\CurrentControlSet\Control\Lsa!RestrictRemoteSAM=O:BAG:BAD:(A;;RC;;;BA)
SYSTEM\CurrentControlSet\Services\Netlogon\Parameters!DisablePasswordChange=0`
	have := map[string]string{}
	for _, c := range providertest.Expand(t, security.Provider(), all.All(), object{"baseline": str("microsoft-24h2")}) {
		if c.Kind == "registry" {
			v := c.Want["value"]
			text := ""
			if v.Type() == cty.String {
				text = v.AsString()
			} else {
				text = v.AsBigFloat().Text('f', -1)
			}
			have[strings.TrimPrefix(c.Want["key"].AsString(), `HKLM\`)+"!"+c.Want["name"].AsString()] = text
		}
	}
	for line := range strings.Lines(strings.TrimSpace(published)) {
		line = strings.TrimSpace(line)
		at := strings.Index(line, "!")
		at += strings.Index(line[at:], "=")
		if got, ok := have[line[:at]]; !ok || got != line[at+1:] {
			t.Errorf("%s: %q, published %q", line[:at], got, line[at+1:])
		}
	}
}

// TestFirewall sees to it that the firewall is told once what version its policies
// are of.
func TestFirewall(t *testing.T) {
	p := security.Provider()
	set := object{"firewall_public": str("enabled"), "firewall_private_inbound": str("block"), "firewall_domain_log_size": str("4096")}
	n := 0
	for _, c := range providertest.Expand(t, p, all.All(), set) {
		if c.Name == "firewall_policy_version" {
			n++
			if v := c.Want["value"]; !v.RawEquals(cty.NumberIntVal(538)) {
				t.Errorf("version %#v", v)
			}
		}
	}
	if n != 1 {
		t.Errorf("the version is set %d times", n)
	}
}

func TestAuditPolicy(t *testing.T) {
	children := providertest.Expand(t, security.Provider(), all.All(), object{"audit_logon": str("success_and_failure"), "audit_account_lockout": str("failure")})
	if len(children) != 1 || children[0].Kind != "script" {
		t.Fatalf("expands to %v", children)
	}
	line := regexp.MustCompile(`^auditpol /set /subcategory:"\{0CCE92[0-9A-F]{2}-69AE-11D9-BED3-505054503030\}" /success:(enable|disable) /failure:(enable|disable)$`)
	for _, c := range children[0].Want["command"].AsValueSlice() {
		if !line.MatchString(c.AsString()) {
			t.Errorf("the command %s", c.AsString())
		}
	}
}

// TestImageAccess holds the argument to the arguments of the kind it stands for.
func TestImageAccess(t *testing.T) {
	kinds := all.All()
	i := slices.IndexFunc(kinds, func(p *providers.Provider) bool { return p.Kind == "image_access" })
	if i < 0 {
		t.Fatal("the kind image_access is not in the list")
	}
	// One of each type that the kind takes, and what it does not.
	p := security.Provider()
	for _, a := range kinds[i].Schema {
		v := str("root")
		if a.Type.IsSetType() {
			v = cty.TupleVal([]cty.Value{v})
		}
		children := providertest.Expand(t, p, kinds, object{"image_access": cty.ObjectVal(object{a.Name: v, "owner": str("root")})})
		if !a.Computed && (len(children) != 1 || children[0].Want[a.Name] == cty.NilVal || !children[0].Want[a.Name].Type().Equals(a.Type)) {
			t.Errorf("image_access has an argument %q, and what comes of it is %v", a.Name, children)
		}
	}
	providertest.Refuse(t, p, []providertest.Refusal{
		{Name: "misspelled", Set: object{"image_access": cty.ObjectVal(object{"reed": str("x")})}, Attr: "image_access", Says: `no "reed"; there are group, owner, read, write`},
		{Name: "no list", Set: object{"image_access": cty.ObjectVal(object{"read": cty.True})}, Attr: "image_access", Says: "read does not fit"},
		{Name: "no object", Set: object{"image_access": str("everyone")}, Attr: "image_access", Says: "not string"},
	})
}
