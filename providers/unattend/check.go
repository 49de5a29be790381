package unattend

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl/similar"
	"github.com/gildhq/gild/formats/unattend"
	"github.com/gildhq/gild/formats/unattend/catalogue"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

const shellSetup = "Microsoft-Windows-Shell-Setup"

// check brings path and settings into canonical form, and refuses what is invalid.
func check(r *resource, absent bool) error {
	errs := []error{r.checkPath(), checkComponent(r.Component)}
	if absent {
		return errors.Join(errs...)
	}
	r.State = new(ready)
	if r.Settings == cty.NilVal || r.Settings.IsNull() {
		if len(r.Secrets) == 0 {
			errs = append(errs, &providers.Problem{Summary: "Nothing to set",
				Detail: `The resource has neither "settings" nor "secrets". To remove the component set ensure = "absent".`})
		}
	} else if err := r.checkSettings(); err != nil {
		return errors.Join(append(errs, err)...)
	}
	errs = append(errs, r.checkSecrets()...)
	return errors.Join(append(errs, r.checkValues())...)
}

func (r *resource) checkPath() error {
	clean, err := image.CleanPath(r.path())
	if err == nil && (clean == "." || strings.HasSuffix(strings.ReplaceAll(r.path(), `\`, "/"), "/")) {
		err = errors.New("it is a folder")
	}
	if err != nil {
		return &providers.Problem{Attr: "path", Summary: "Invalid path", Detail: fmt.Sprintf("%q is no name for a file: %v.", r.path(), err)}
	}
	r.Path = &clean
	return nil
}

// checkComponent refuses what can't be the name of a component.
func checkComponent(name string) error {
	if componentName.MatchString(name) {
		return nil
	}
	return &providers.Problem{Attr: "component", Summary: "Invalid name of a component",
		Detail: fmt.Sprintf("%q is no name of a component, such as %q.", name, shellSetup)}
}

// checkValues refuses values at which Windows Setup ends with an error.
func (r *resource) checkValues() error {
	var errs []error
	for _, f := range r.faults() {
		if f.Fatal {
			errs = append(errs, &providers.Problem{Attr: "settings", Summary: "Invalid value of a setting", Detail: f.Detail})
		}
	}
	return errors.Join(errs...)
}

// faults are problems for which Windows does not accept the settings.
func (r *resource) faults() []catalogue.Fault {
	return catalogue.Check(unattend.Component{Pass: r.Pass, Name: r.Component}, r.setting(), similar.Name)
}

var componentName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// checkSettings brings the settings into canonical form.
func (r *resource) checkSettings() error {
	problem := func(detail string) error {
		return &providers.Problem{Attr: "settings", Summary: "Invalid settings", Detail: detail}
	}
	s, err := settingOf(r.Settings, "settings", 0)
	switch {
	case err != nil:
		return problem("In the settings, " + err.Error() + ".")
	case s.Kind != unattend.Object:
		return problem(`The settings are an object of elements, such as { TimeZone = "UTC" }.`)
	case len(s.Fields) == 0:
		return problem("There is nothing in the settings.")
	}
	for name := range s.Fields {
		if strings.HasPrefix(name, "@") || name == unattend.TextField {
			return problem(fmt.Sprintf("A component has no %q, only elements.", name))
		}
	}
	r.Settings = valueOf(s)
	return nil
}
