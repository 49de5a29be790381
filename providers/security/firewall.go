package security

import "github.com/gildhq/gild/providers/settings"

// firewall is the policy for the three profiles of Windows Firewall.
func firewall() []settings.Setting {
	var all []settings.Setting
	for _, p := range []struct{ name, key, where string }{
		{"domain", "DomainProfile", "in the network of the domain"},
		{"private", "PrivateProfile", "in private networks"},
		{"public", "PublicProfile", "in public networks"},
	} {
		key := policies + `WindowsFirewall\` + p.key
		at := func(name string) dword { return dword{key, name} }
		log := func(name string) dword { return dword{key + `\Logging`, name} }
		name, end := "firewall_"+p.name, " "+p.where+"."
		all = append(all,
			toggle(name, "The firewall"+end, gpfas("Enable Firewall"), at("EnableFirewall"), 1, 0),
			enum(name+"_inbound", "Connections from others for which there is no rule,"+end, gpfas("Default Inbound Action"), at("DefaultInboundAction"), v{"block", 1, ""}, v{"allow", 0, ""}),
			enum(name+"_outbound", "Connections to others for which there is no rule,"+end, gpfas("Default Outbound Action"), at("DefaultOutboundAction"), v{"block", 1, ""}, v{"allow", 0, ""}),
			toggle(name+"_notifications", "Telling the user when a program is blocked,"+end, gpfas("Disable Inbound Notifications"), at("DisableNotifications"), 0, 1),
			toggle(name+"_local_rules", "Rules of the machine in addition to those of policies,"+end, gpfas("Allow Local Policy Merge"), at("AllowLocalPolicyMerge"), 1, 0),
			toggle(name+"_local_ipsec_rules", "IPsec rules of the machine in addition to those of policies,"+end, gpfas("Allow Local IPsec Policy Merge"), at("AllowLocalIPsecPolicyMerge"), 1, 0),
			toggle(name+"_log_dropped", "Dropped packets in the log,"+end, gpfas("Log Dropped Packets"), log("LogDroppedPackets"), 1, 0),
			toggle(name+"_log_successful", "Connections in the log,"+end, gpfas("Log Successful Connections"), log("LogSuccessfulConnections"), 1, 0),
			number(name+"_log_size", "Size of the log"+end, gpfas("Log File Size"), "kilobytes", log("LogFileSize"), 1, 32767))
	}
	for i := range all {
		all[i] = versioned(all[i])
	}
	return all
}

// versioned adds the version of the policy store ([MS-GPFAS] §2.2.1.8) to a setting. Group
// policies for these profiles contain it too, Microsoft's baselines among them. 2.26 is
// the version of Windows 10, version 1809; later versions of Windows read it as well.
func versioned(s settings.Setting) settings.Setting {
	version := settings.Shared("firewall_policy_version", settings.Dword(policies+"WindowsFirewall", "PolicyVersion", 0x021a))
	for i, v := range s.Values {
		s.Values[i].Make = append([]settings.Part{version}, v.Make...)
	}
	if n := s.Number; n != nil {
		plain := n.Make
		n.Make = func(x uint32) []settings.Part { return append([]settings.Part{version}, plain(x)...) }
	}
	return s
}

func gpfas(name string) string {
	return "[MS-GPFAS], Per-Profile Policy Configuration Options, " + name
}
