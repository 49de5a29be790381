// Package policy asks policies about a plan: rules in Rego, the language of the Open Policy
// Agent, which read the JSON of the plan.
//
// A policy is a folder with *.rego files. Rules named deny, violation or warn, also with a
// suffix as in deny_unsigned, give messages: the names are those of conftest. Rego can
// reach neither the network nor the machine from here, and its time is limited. What a
// policy can't decide, because a function fails, denies: it is an error.
package policy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"github.com/gildhq/gild/ground/regular"
)

// Limits of what is read and done.
const (
	maxFiles   = 1000
	maxFile    = 1 << 20
	timeToTell = 30 * time.Second
)

// Set is policies that have been read.
type Set struct {
	compiler *ast.Compiler
	rules    []rule
}

// rule is the query of all rules of one name in one package.
type rule struct {
	query string
	pkg   string
	deny  bool
}

// Verdict is what a rule says.
type Verdict struct {
	Policy    string // package of the rule, without data
	Deny      bool   // false: a warning
	Message   string
	Address   string // what it is about: a resource or an image; empty if the rule does not say
	Attribute string // of the resource; empty if the rule does not say
}

var (
	denies = regexp.MustCompile(`^(deny|violation)(_[A-Za-z0-9_]+)?$`)
	warns  = regexp.MustCompile(`^warn(_[A-Za-z0-9_]+)?$`)
)

// Load reads the policies of folders, without their tests.
func Load(dirs ...string) (*Set, error) {
	modules, err := read(dirs, false)
	if err != nil {
		return nil, err
	}
	s := &Set{compiler: compiler()}
	if s.compiler.Compile(modules); s.compiler.Failed() {
		return nil, readable(s.compiler.Errors)
	}
	seen := map[string]bool{}
	for _, name := range sorted(modules) {
		m := modules[name]
		for _, r := range m.Rules {
			found := string(r.Head.Ref()[0].Value.(ast.Var))
			query := m.Package.Path.String() + "." + found
			if deny := denies.MatchString(found); (deny || warns.MatchString(found)) && !seen[query] {
				seen[query] = true
				s.rules = append(s.rules, rule{query, strings.TrimPrefix(m.Package.Path.String(), "data."), deny})
			}
		}
	}
	if len(s.rules) == 0 {
		return nil, fmt.Errorf("%s: there is no rule deny, violation or warn, so nothing is checked", strings.Join(dirs, ", "))
	}
	return s, nil
}

// Ask evaluates all rules with a plan as their input. The time is what they take for now.
func (s *Set) Ask(ctx context.Context, plan []byte, now time.Time) ([]Verdict, error) {
	input, err := ast.ValueFromReader(bytes.NewReader(plan))
	if err != nil {
		return nil, err
	}
	limited, stop := context.WithTimeout(ctx, timeToTell)
	defer stop()
	var all []Verdict
	for _, r := range s.rules {
		found, err := rego.New(rego.Query(r.query), rego.Compiler(s.compiler), rego.ParsedInput(input),
			rego.Time(now), rego.StrictBuiltinErrors(true)).Eval(limited)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case limited.Err() != nil:
			return nil, fmt.Errorf("%s has not ended after %s", r.query, timeToTell)
		case err != nil:
			return nil, fmt.Errorf("%s: %w", r.query, readable(err))
		case len(found) == 0:
			continue // not defined
		}
		verdicts, err := r.verdicts(found[0].Expressions[0].Value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.query, err)
		}
		all = append(all, verdicts...)
	}
	return all, nil
}

// verdicts reads the value of a rule: a list of messages, or of objects with msg.
func (r rule) verdicts(value any) ([]Verdict, error) {
	list, ok := value.([]any)
	if !ok {
		return nil, fmt.Errorf("it is %v, and not a set of messages; write it as: deny contains msg if { … }", value)
	}
	var out []Verdict
	for _, one := range list {
		v := Verdict{Policy: r.pkg, Deny: r.deny}
		switch one := one.(type) {
		case string:
			v.Message = one
		case map[string]any:
			v.Message, _ = one["msg"].(string)
			v.Address, _ = one["address"].(string)
			v.Attribute, _ = one["attribute"].(string)
		}
		if v.Message == "" {
			return nil, fmt.Errorf("%v is no message; a message is a text, or an object with msg and, if it is about a resource, its address", one)
		}
		out = append(out, v)
	}
	return out, nil
}

// compiler returns a compiler that knows no function that reaches out, and none whose result
// differs from call to call; the clock is ours.
func compiler() *ast.Compiler {
	c := ast.CapabilitiesForThisVersion()
	c.AllowNet = []string{}
	c.Builtins = slices.DeleteFunc(c.Builtins, func(b *ast.Builtin) bool { return b.IsNondeterministic() && b.Name != ast.NowNanos.Name })
	return ast.NewCompiler().WithCapabilities(c)
}

// read parses the files of folders, by their paths.
func read(dirs []string, tests bool) (map[string]*ast.Module, error) {
	modules := map[string]*ast.Module{}
	for _, dir := range dirs {
		before := len(modules)
		root, err := os.OpenRoot(dir)
		if err != nil {
			return nil, err
		}
		files := regular.FS(root)
		err = fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && name != ".":
				return fs.SkipDir
			case entry.IsDir() || path.Ext(name) != ".rego" || !tests && strings.HasSuffix(name, "_test.rego"):
				return nil
			case len(modules) == maxFiles:
				return fmt.Errorf("there are more than %d policies", maxFiles)
			}
			return parse(modules, files, filepath.ToSlash(filepath.Join(dir, name)), name)
		})
		if err := errors.Join(err, root.Close()); err != nil {
			return nil, fmt.Errorf("policies in %s: %w", dir, err)
		}
		if len(modules) == before {
			return nil, fmt.Errorf("policies in %s: there is no .rego file", dir)
		}
	}
	return modules, nil
}

func parse(modules map[string]*ast.Module, files fs.FS, shown, name string) error {
	info, err := fs.Stat(files, name)
	if err != nil {
		return err
	}
	if info.Size() > maxFile {
		return fmt.Errorf("%s is larger than %d bytes", shown, maxFile)
	}
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	m, err := ast.ParseModuleWithOpts(shown, string(text), ast.ParserOptions{ProcessAnnotation: true})
	if err != nil {
		return readable(err)
	}
	modules[shown] = m
	return nil
}

// readable returns errors of OPA one on each line, without its codes.
func readable(err error) error {
	list := ast.Errors{}
	var one *ast.Error
	switch {
	case errors.As(err, &list):
	case errors.As(err, &one):
		list = ast.Errors{one}
	default:
		return err
	}
	var texts []string
	for _, e := range list {
		at := ""
		if e.Location != nil {
			at = fmt.Sprintf("%s:%d: ", e.Location.File, e.Location.Row)
		}
		texts = append(texts, at+e.Message)
	}
	return errors.New(strings.Join(texts, "\n"))
}

func sorted(modules map[string]*ast.Module) []string {
	var names []string
	for name := range modules {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
