package security

import "github.com/gildhq/gild/providers/settings"

func network() []settings.Setting {
	const (
		dns     = policies + `Windows NT\DNSClient`
		netbt   = services + `Netbt\Parameters`
		tcpip   = services + `Tcpip\Parameters`
		tcpip6  = services + `Tcpip6\Parameters`
		routing = "Packets that say themselves by which way they go."
	)
	source := []v{{"allowed", 0, ""}, {"not_forwarded", 1, ""}, {"refused", 2, ""}}
	return []settings.Setting{
		toggle("llmnr", "Name resolution by multicast (LLMNR).", admx("DnsClient", "Turn off multicast name resolution"), dword{dns, "EnableMulticast"}, 1, 0),
		toggle("mdns", "Name resolution by multicast DNS, which also finds printers and displays.", "Microsoft Networking Blog, “mDNS in the Enterprise”",
			dword{services + `Dnscache\Parameters`, "EnableMDNS"}, 1, 0),
		enum("netbios", "Name resolution by NetBIOS.", admx("DnsClient", "Configure NetBIOS settings"), dword{dns, "EnableNetbios"},
			v{"disabled", 0, ""}, v{"enabled", 1, ""}, v{"disabled_on_public_networks", 2, ""}, v{"learning", 3, "only if nothing else finds the name"}),
		enum("netbios_node_type", "How NetBIOS finds names.", guide("NetBT NodeType configuration"), dword{netbt, "NodeType"},
			v{"broadcast", 1, ""}, v{"point_to_point", 2, ""}, v{"mixed", 4, ""}, v{"hybrid", 8, ""}),
		enum("netbios_name_release", "Requests to give up the machine's name in NetBIOS.",
			mss("MSS: (NoNameReleaseOnDemand) Allow the computer to ignore NetBIOS name release requests except from WINS servers"),
			dword{netbt, "NoNameReleaseOnDemand"}, v{"from_wins_only", 1, ""}, v{"from_all", 0, ""}),
		toggle("icmp_redirects", "Routes from ICMP redirects.", mss("MSS: (EnableICMPRedirect) Allow ICMP redirects to override OSPF generated routes"),
			dword{tcpip, "EnableICMPRedirect"}, 1, 0),
		enum("ipv4_source_routing", routing, mss("MSS: (DisableIPSourceRouting) IP source routing protection level"), dword{tcpip, "DisableIPSourceRouting"}, source...),
		enum("ipv6_source_routing", routing, mss("MSS: (DisableIPSourceRouting IPv6) IP source routing protection level"), dword{tcpip6, "DisableIPSourceRouting"}, source...),
		toggle("internet_connection_sharing", "Internet Connection Sharing on the domain network.",
			admx("NetworkConnections", "Prohibit use of Internet Connection Sharing on your DNS domain network"), dword{windowsPolicy + "Network Connections", "NC_ShowSharedAccessUI"}, 1, 0),
		toggle("suggested_hotspots", "Automatic connections to open Wi-Fi networks that Windows suggests.",
			admx("wlansvc", "Allow Windows to automatically connect to suggested open hotspots, to networks shared by contacts, and to hotspots offering paid services"),
			dword{`HKLM\SOFTWARE\Microsoft\WcmSvc\wifinetworkmanager\config`, "AutoConnectAllowedOEM"}, 1, 0),
		enum("other_networks_beside_domain", "Connections to other networks while the machine is connected to the domain network.",
			admx("WCM", "Prohibit connection to non-domain networks when connected to domain authenticated network"),
			dword{windowsPolicy + `WcmSvc\GroupPolicy`, "fBlockNonDomain"}, v{"blocked", 1, ""}, v{"allowed", 0, ""}),
		enum("unauthenticated_rpc", "Unauthenticated RPC clients.", admx("RPC", "Restrict Unauthenticated RPC clients"),
			dword{policies + `Windows NT\Rpc`, "RestrictRemoteClients"}, v{"allowed", 0, ""}, v{"refused", 1, ""}, v{"refused_without_exceptions", 2, ""}),
	}
}

// schannel are the versions of SSL and TLS, and ciphers that are out of date.
func schannel() []settings.Setting {
	const key = control + `SecurityProviders\SCHANNEL\`
	source := learn("Transport Layer Security (TLS) registry settings", "TLS, DTLS, and SSL protocol version settings")
	version := func(name, protocol string) settings.Setting {
		state := func(enabled, disabled uint32) []settings.Part {
			var parts []settings.Part
			for _, side := range []string{"Client", "Server"} {
				at := key + `Protocols\` + protocol + `\` + side
				parts = append(parts,
					settings.Named(snake(side)+"_enabled", settings.Dword(at, "Enabled", enabled)),
					settings.Named(snake(side)+"_disabled_by_default", settings.Dword(at, "DisabledByDefault", disabled)))
			}
			return parts
		}
		return choice(name, protocol+", for clients and servers that leave it to Windows.", source, is("disabled", "", state(0, 1)...), is("enabled", "", state(1, 0)...))
	}
	ciphers := func(name, doc string, names ...string) settings.Setting {
		var off []settings.Part
		for _, n := range names {
			p := settings.Dword(key+`Ciphers\`+n, "Enabled", 0)
			if len(names) > 1 {
				p = settings.Named(digits(n), p)
			}
			off = append(off, p)
		}
		return choice(name, doc, "Microsoft Support, KB245030, “Ciphers subkey”", is("disabled", "", off...))
	}
	const net = `HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319`
	const net32 = `HKLM\SOFTWARE\WOW6432Node\Microsoft\.NETFramework\v4.0.30319`
	strong := func(n uint32) []settings.Part {
		return []settings.Part{
			settings.Named("versions", settings.Dword(net, "SystemDefaultTlsVersions", n)), settings.Named("crypto", settings.Dword(net, "SchUseStrongCrypto", n)),
			settings.Named("versions_32", settings.Dword(net32, "SystemDefaultTlsVersions", n)), settings.Named("crypto_32", settings.Dword(net32, "SchUseStrongCrypto", n)),
		}
	}
	return []settings.Setting{
		version("ssl_2_0", "SSL 2.0"), version("ssl_3_0", "SSL 3.0"), version("tls_1_0", "TLS 1.0"),
		version("tls_1_1", "TLS 1.1"), version("tls_1_2", "TLS 1.2"), version("tls_1_3", "TLS 1.3"),
		ciphers("rc4", "RC4 in TLS.", "RC4 40/128", "RC4 56/128", "RC4 64/128", "RC4 128/128"),
		ciphers("triple_des", "Triple DES in TLS.", "Triple DES 168"),
		choice("dotnet_tls", "Versions of TLS and ciphers in programs for .NET Framework 4.",
			learn("Transport Layer Security (TLS) best practices with .NET Framework", "Configure security via the Windows Registry"),
			is("strong", "those of Windows", strong(1)...), is("weak", "", strong(0)...)),
	}
}
