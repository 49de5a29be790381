// Package service is the kind "service": a Windows service or driver, which is a key below
// HKLM\SYSTEM\CurrentControlSet\Services. gild changes the registry only; the program of a service
// is a resource of its own kind.
package service

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

const doc = "A Windows service or driver: how it starts, or all of it.\n\n" +
	"With `name` and some other arguments the resource sets only these, of a service\n" +
	"that the image has. With `binary_path` it describes the whole service and creates it\n" +
	"if it does not exist: then `start` is required, and `type`, `account` and\n" +
	"`error_control` have the defaults below.\n" +
	"With `ensure = \"absent\"` the service is removed from the registry; its files stay."

// services is the key that holds a key for each service.
const services = `HKLM\SYSTEM\CurrentControlSet\Services`

// service is the resource.
type service struct {
	Name        string   `cty:"name"`
	Start       *string  `cty:"start"`
	BinaryPath  *string  `cty:"binary_path"`
	DisplayName *string  `cty:"display_name"`
	Description *string  `cty:"description"`
	Type        *string  `cty:"type"`
	Account     *string  `cty:"account"`
	Error       *string  `cty:"error_control"`
	Services    []string `cty:"depends_on_services"`
	Groups      []string `cty:"depends_on_groups"`
	Group       *string  `cty:"group"`
	Privileges  []string `cty:"required_privileges"`
}

// key is where the service is in the registry.
func (s *service) key() string { return services + `\` + s.Name }

// Provider returns the kind.
func Provider() *providers.Provider {
	return providers.Typed[service]{
		Kind: "service", Doc: doc, Phase: providers.PhaseSetting,
		Schema: schema(), Check: check, Claims: claims, Makes: makes, Read: read, List: list,
		Ways: []providers.TypedWay[service]{{
			Name: providers.Offline, Effect: providers.Now(providers.Offline),
			Needs: []image.Capability{image.CanRegistry},
			Check: writable, Apply: providers.Each(apply),
		}},
	}.Provider()
}

func makes(of any) *service {
	s, ok := of.(providers.ServiceStart)
	if !ok {
		return nil
	}
	return &service{Name: s.Name, Start: &s.Start}
}

func schema() dsl.Schema {
	return dsl.Schema{
		{Name: "name", Type: cty.String, Key: true, Required: true, Fold: true,
			Doc: "Name of the service, as in `sc query`; not its display name."},
		{Name: "start", Type: cty.String, Values: startNames(),
			Doc: "When it starts: `boot` (by the boot loader, drivers only), `system` (with the kernel, drivers only), `auto` (with Windows), `delayed_auto` (some minutes after), `manual` (when something asks for it) or `disabled`."},
		{Name: "binary_path", Type: cty.String,
			Doc: "Command line of the service: the path in the running Windows, in quotation marks if it holds blanks, and the arguments; of a driver the path of its file. Windows replaces variables such as `%SystemRoot%`. Creates the service if it does not exist."},
		{Name: "display_name", Type: cty.String,
			Doc: "Display name."},
		{Name: "description", Type: cty.String,
			Doc: "Description, shown in the list of services."},
		{Name: "type", Type: cty.String, Values: typeNames(),
			Doc: "`own_process` (the default with `binary_path`), `share_process`, `user_own_process`, `user_share_process`, `kernel_driver` or `file_system_driver`."},
		{Name: "account", Type: cty.String, Fold: true,
			Doc: "Account it runs as: `LocalSystem` (the default with `binary_path`, except for drivers), `NT AUTHORITY\\LocalService`, `NT AUTHORITY\\NetworkService`, or another that needs no password."},
		{Name: "error_control", Type: cty.String, Values: errorNames(),
			Doc: "What happens if it fails to start with Windows: `ignore`, `normal` (a message in the event log; the default with `binary_path`), `severe` (Windows restarts with the last known good configuration) or `critical` (the same, and a stop error if that fails, too)."},
		{Name: "depends_on_services", Type: cty.List(cty.String), Fold: true,
			Doc: "Services that must run before it; an empty list for none."},
		{Name: "depends_on_groups", Type: cty.List(cty.String), Fold: true,
			Doc: "Load order groups of which a member must run before it; an empty list for none."},
		{Name: "group", Type: cty.String, Fold: true,
			Doc: "Load order group it belongs to; an empty string for none."},
		{Name: "required_privileges", Type: cty.List(cty.String), Fold: true,
			Doc: "Privileges it keeps, such as `SeChangeNotifyPrivilege`; an empty list for all that its account has."},
	}
}

// check refuses contradictions, and fills in the defaults of a whole service.
func check(s *service, absent bool) error {
	problem := func(attr, summary, detail string) error {
		return &providers.Problem{Attr: attr, Summary: summary, Detail: detail}
	}
	if s.Name == "" || len(s.Name) > 256 || strings.ContainsAny(s.Name, "/\\\x00") {
		return problem("name", "Invalid name of a service", "A name has 1 to 256 characters, and no slash or backslash.")
	}
	if absent {
		return nil
	}
	if err := s.checkStrings(); err != nil {
		return err
	}
	var errs []error
	switch {
	case s.BinaryPath != nil && strings.TrimSpace(*s.BinaryPath) == "":
		errs = append(errs, problem("binary_path", "No program", "The command line is empty."))
	case s.BinaryPath != nil && s.Start == nil:
		errs = append(errs, problem("", "No start", `With binary_path the resource is the whole service; set "start", too.`))
	case s.BinaryPath != nil:
		s.fill()
	case len(s.values()) == 0:
		errs = append(errs, problem("", "Nothing to set", `Set "start", for example; or binary_path, to create the service.`))
	}
	if providers.Is(s.Account, "") {
		errs = append(errs, problem("account", "No account", `A service needs an account; the one with all rights is "LocalSystem".`))
	}
	if s.Type != nil && isDriver(*s.Type) && s.Account != nil {
		errs = append(errs, problem("account", "Argument without effect", "A driver is part of the kernel and has no account."))
	}
	if s.Type != nil {
		errs = append(errs, s.checkStart(*s.Type))
	}
	return errors.Join(errs...)
}

// fill sets the defaults of a whole service.
func (s *service) fill() {
	def := func(p **string, v string) {
		if *p == nil {
			*p = &v
		}
	}
	def(&s.Type, "own_process")
	def(&s.Error, "normal")
	if !isDriver(*s.Type) {
		def(&s.Account, "LocalSystem")
	}
}

// checkStart refuses start types that a service of that type can't have.
func (s *service) checkStart(typ string) error {
	if s.Start == nil {
		return nil
	}
	var detail string
	switch driver := isDriver(typ); {
	case !driver && (*s.Start == "boot" || *s.Start == "system"):
		detail = `Only drivers can have the start "boot" or "system"; the type of this service is %q.`
	case driver && *s.Start == "delayed_auto":
		detail = `Only services can have the start "delayed_auto"; the type of this one is %q.`
	default:
		return nil
	}
	return &providers.Problem{Attr: "start", Summary: "Invalid start", Detail: fmt.Sprintf(detail, typ)}
}

// checkStrings refuses strings that can't be in the registry, and a service that depends on itself.
func (s *service) checkStrings() error {
	problem := func(attr, detail string) error {
		return &providers.Problem{Attr: attr, Summary: "Invalid value", Detail: detail}
	}
	for _, text := range []struct {
		attr string
		s    *string
	}{
		{"binary_path", s.BinaryPath}, {"display_name", s.DisplayName}, {"description", s.Description},
		{"account", s.Account}, {"group", s.Group},
	} {
		if text.s != nil && strings.Contains(*text.s, "\x00") {
			return problem(text.attr, "The string holds a NUL.")
		}
	}
	for _, list := range []struct {
		attr string
		s    []string
	}{{"depends_on_services", s.Services}, {"depends_on_groups", s.Groups}, {"required_privileges", s.Privileges}} {
		if slices.ContainsFunc(list.s, func(e string) bool { return e == "" || strings.Contains(e, "\x00") }) {
			return problem(list.attr, "A string in the list is empty or holds a NUL.")
		}
	}
	if slices.ContainsFunc(s.Services, func(e string) bool { return strings.EqualFold(e, s.Name) }) {
		return problem("depends_on_services", "A service can't depend on itself.")
	}
	return nil
}

func claims(s service, absent bool) []providers.Claim {
	if absent {
		return []providers.Claim{providers.ClaimKeyTree(s.key())}
	}
	list := []providers.Claim{providers.ClaimKey(s.key())}
	for _, v := range s.values() {
		list = append(list, providers.ClaimValue(s.key(), v.Name))
	}
	return list
}

func read(_ context.Context, session image.Session, want service) (*service, error) {
	reg, err := providers.Need[image.Registry](session, image.CanRegistry)
	if err != nil {
		return nil, err
	}
	values, err := reg.Values(want.key())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, want.missing()
	}
	if err != nil {
		return nil, err
	}
	have := decode(want.Name, values)
	if have.Type == nil { // other programs may keep values in this key
		return have, want.missing()
	}
	if want.Type == nil {
		err = want.checkStart(*have.Type)
	}
	return have, err
}

// missing is the error if the image has no such service and the author does not give enough to
// create it.
func (s *service) missing() error {
	if s.BinaryPath != nil || len(s.values()) == 0 { // without values it is to be absent
		return nil
	}
	return &providers.Problem{Attr: "name", Summary: "No such service",
		Detail: fmt.Sprintf("The image has no service %q.", s.Name), Remedy: "To create it, set binary_path."}
}

// list returns all services: the keys with a type and a start.
func list(_ context.Context, session image.Session) ([]service, error) {
	reg, err := providers.Need[image.Registry](session, image.CanRegistry)
	if err != nil {
		return nil, err
	}
	names, err := reg.Subkeys(services)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []service
	for _, name := range names {
		values, err := reg.Values(services + `\` + name)
		if err != nil {
			return nil, err
		}
		if s := decode(name, values); s.Type != nil && s.Start != nil {
			all = append(all, *s)
		}
	}
	return all, nil
}

func writable(_ context.Context, session image.Session, c providers.TypedChange[service]) error {
	return providers.WritableKey(session, c.Want.key())
}

func apply(_ context.Context, session image.Session, _ providers.Host, c providers.TypedChange[service]) error {
	reg, err := providers.Need[image.Registry](session, image.CanRegistry)
	if err != nil {
		return err
	}
	s := c.Want
	if c.Action == providers.Delete {
		return providers.Gone(reg.DeleteKey(s.key()))
	}
	for _, v := range s.values() {
		if v.Data == nil {
			err = providers.Gone(reg.DeleteValue(s.key(), v.Name))
		} else {
			err = reg.SetValue(s.key(), v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
