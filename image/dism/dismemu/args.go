package dismemu

import (
	"slices"
	"strings"
)

// argument is /Name:Value.
type argument struct {
	name  string // as written, without the slash
	value string
	given bool // there is a colon
}

// arguments are the arguments of a run, in order.
type arguments []argument

// parse splits the arguments into name and value, at a colon or an equals sign.
func parse(args []string) (arguments, error) {
	var all arguments
	for _, arg := range args {
		text, ok := strings.CutPrefix(arg, "/")
		if !ok {
			text, ok = strings.CutPrefix(arg, "-")
		}
		if !ok || text == "" {
			return nil, &failure{code: 87, lines: []string{"The " + strings.ToLower(arg) + " option is unknown.", helpLine}}
		}
		a := argument{name: text}
		if i := strings.IndexAny(text, ":="); i >= 0 {
			a = argument{name: text[:i], value: strings.Trim(text[i+1:], `"`), given: true}
		}
		all = append(all, a)
	}
	return all, nil
}

const helpLine = "For more information, refer to the help by running DISM.exe /?."

// get returns the value of an argument, whatever its case.
func (as arguments) get(name string) (string, bool) {
	i := slices.IndexFunc(as, func(a argument) bool { return strings.EqualFold(a.name, name) })
	if i < 0 {
		return "", false
	}
	return as[i].value, true
}

func (as arguments) has(name string) bool {
	_, ok := as.get(name)
	return ok
}

// all returns the values of an argument that may be repeated.
func (as arguments) all(name string) []string {
	var values []string
	for _, a := range as {
		if strings.EqualFold(a.name, name) {
			values = append(values, a.value)
		}
	}
	return values
}

func (as arguments) String() string {
	words := make([]string, len(as))
	for i, a := range as {
		words[i] = "/" + a.name
		if a.given {
			words[i] += ":" + a.value
		}
	}
	return strings.Join(words, " ")
}
