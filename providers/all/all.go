// Package all is the list of the kinds of resources.
package all

import (
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/appx"
	"github.com/gildhq/gild/providers/capability"
	"github.com/gildhq/gild/providers/cleanup"
	"github.com/gildhq/gild/providers/defaultapps"
	"github.com/gildhq/gild/providers/driver"
	"github.com/gildhq/gild/providers/edition"
	"github.com/gildhq/gild/providers/environment"
	"github.com/gildhq/gild/providers/feature"
	"github.com/gildhq/gild/providers/file"
	"github.com/gildhq/gild/providers/health"
	"github.com/gildhq/gild/providers/hosts"
	"github.com/gildhq/gild/providers/imageaccess"
	"github.com/gildhq/gild/providers/international"
	"github.com/gildhq/gild/providers/language"
	"github.com/gildhq/gild/providers/registry"
	"github.com/gildhq/gild/providers/scheduledtask"
	"github.com/gildhq/gild/providers/script"
	"github.com/gildhq/gild/providers/security"
	"github.com/gildhq/gild/providers/service"
	"github.com/gildhq/gild/providers/unattend"
	"github.com/gildhq/gild/providers/userdefault"
	"github.com/gildhq/gild/providers/winpackage"
	"github.com/gildhq/gild/providers/winpe"
)

// All returns every kind.
func All() []*providers.Provider {
	return []*providers.Provider{
		appx.Provider(),
		capability.Provider(),
		cleanup.Provider(),
		defaultapps.Provider(),
		driver.Provider(),
		edition.Provider(),
		environment.Provider(),
		feature.Provider(),
		file.Provider(),
		health.Provider(),
		hosts.Provider(),
		imageaccess.Provider(),
		international.Provider(),
		language.Provider(),
		winpackage.Provider(),
		registry.Provider(),
		scheduledtask.Provider(),
		script.Provider(),
		security.Provider(),
		service.Provider(),
		unattend.Provider(),
		userdefault.Provider(),
		winpe.Provider(),
	}
}
