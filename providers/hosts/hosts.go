// Package hosts is the kind "hosts": an entry for a name in the file hosts, which Windows reads
// before it asks DNS.
package hosts

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

const doc = "A host name in the file `Windows/System32/drivers/etc/hosts`, which Windows searches before it queries DNS.\n\n" +
	"The name gets this address and no other one; entries for other names, comments and line ends stay\n" +
	"unchanged. gild creates the file if it does not exist. With `ensure = \"absent\"` it removes the name from\n" +
	"every line, and removes lines that have no name left."

// file is where Windows looks: the default of DataBasePath below
// HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters.
const file = "Windows/System32/drivers/etc/hosts"

// host is the resource.
type host struct {
	Hostname string  `cty:"hostname"`
	Address  *string `cty:"address"`
	Comment  *string `cty:"comment"`
}

// Provider returns the kind.
func Provider() *providers.Provider {
	return providers.Typed[host]{
		Kind: "hosts", Doc: doc, Phase: providers.PhaseSetting,
		Schema: schema(), Check: check, Claims: claims, Read: read, List: list,
		Ways: []providers.TypedWay[host]{{
			Name: providers.Offline, Effect: providers.Now(providers.Offline),
			Needs: []image.Capability{image.CanFiles},
			Apply: providers.Each(apply),
		}},
	}.Provider()
}

func schema() dsl.Schema {
	return dsl.Schema{
		{Name: "hostname", Type: cty.String, Key: true, Required: true, Fold: true,
			Doc: "Host name, such as `updates.contoso.com`. Each name is one resource; the file has no wildcards."},
		{Name: "address", Type: cty.String, Required: true,
			Doc: "IPv4 or IPv6 address of the host. `0.0.0.0` blocks the name."},
		{Name: "comment", Type: cty.String,
			Doc: "Comment at the end of the line; an empty string for none. If not set, an existing comment stays."},
	}
}

// claims claims a part of the file: there may be a resource for each name, but not
// together with one for the whole file.
func claims(h host, _ bool) []providers.Claim {
	return []providers.Claim{providers.ClaimPart(providers.ClaimFile(file), h.Hostname)}
}
