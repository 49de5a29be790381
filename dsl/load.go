package dsl

import (
	"io/fs"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl/functions"
	"github.com/gildhq/gild/ground/regular"
)

// Options say what to load and with which values.
type Options struct {
	FS        fs.FS  // the module's folder; made from an [os.Root], so that nothing outside it can be read
	Dir       string // the module's folder as the user named it; stands before file names in diagnostics
	Kinds     Kinds  // the kinds of resources there are
	Variables Variables

	// Elsewhere returns a path to write an image to instead of the author's output. Nil:
	// the author's.
	Elsewhere func(image, output string) string

	// Lenient accepts variables without a value, as unknown. Resources that are unknown, for
	// that or because of a mistake, are left out of the Config: it is incomplete, and good for
	// finding more mistakes.
	Lenient bool

	// Open opens the folder of a module outside that of the configuration, by its path from
	// there. Nil: there can be none.
	Open func(dir string) (fs.FS, error)

	// Resolver finds modules whose source is an address. Nil: they are an error.
	Resolver Resolver

	// Made describes the file of an output, its digest only if that is asked for; ok is false
	// if it is not there. Nil: it is not to be looked at.
	Made func(output string, digest bool) (made Made, ok bool)

	// ReadFile reads the files named with -var-file, which may lie outside the
	// module. Nil means that of the system.
	ReadFile func(name string) ([]byte, error)
}

// Made describes the file of an output that has been made, the first file if it is split.
type Made struct {
	Size   int64 // bytes
	SHA256 string
}

// Load reads the configuration of a module: the *.gild.hcl and *.gild.json files of
// one folder. It reports everything that is wrong, ordered by file and line, and
// never shows a sensitive value. The Config is never nil; after errors it is
// incomplete, and only good for showing the diagnostics.
func Load(opts Options) (*Config, hcl.Diagnostics) {
	l := begin(opts)
	cfg := &Config{Dir: opts.Dir, Files: l.run.files}
	bodies := l.run.configuration()
	if l.diags.HasErrors() {
		// Names that seem undeclared may be declared in what could not be read.
		return cfg, arrange(l.diags)
	}
	l.declare(bodies)
	inputs{l.run.reader, l.folder, l.variables, map[string]input{}}.resolve(l.run.opts)
	l.validateVariables()
	l.resolveNames()
	s := settings{l.evaluator, l.scope}
	cfg.Log, cfg.DISM, cfg.Scratch, cfg.Layers = s.log(), s.dism(), s.scratch(), s.layers()
	cfg.Policies = s.policies()
	l.checkUse()
	for _, in := range l.instances() {
		cfg.Images = append(cfg.Images, l.image(in))
	}
	resolveNeeds(l.reporter, cfg.Images)
	l.refs.results = true
	l.resolveOutputs()
	cfg.Outputs = l.outputs.list()
	for _, m := range l.run.modules {
		m.runChecks()
		m.checkUnusedProfiles()
	}
	checkWriters(l.reporter, cfg.Images)
	cfg.Unproven = l.run.unproven
	cfg.Scope = &hcl.EvalContext{Functions: l.folder.functions, Variables: map[string]cty.Value{}}
	for name, v := range l.scope.Variables {
		cfg.Scope.Variables[name], _ = originsOf(v)
	}
	if opts.Lenient {
		cfg.leaveOut()
	}
	return cfg, arrange(l.diags)
}

// begin returns the loader of the configuration.
func begin(opts Options) *loader {
	if opts.ReadFile == nil {
		opts.ReadFile = func(name string) ([]byte, error) { return regular.Read(name, maxSource) }
	}
	root := &folder{dir: ".", shown: opts.Dir, fs: opts.FS, functions: functions.Table(opts.FS, ".", nil)}
	root.info, _ = fs.Stat(opts.FS, ".") // what is wrong with it is reported when it is read
	return newLoader(&run{folders: folders{
		reader: &reader{reporter: &reporter{}, files: map[string]*hcl.File{}},
		opts:   opts, root: root, known: map[string]*folder{root.dir: root},
	}}, root, nil, "")
}

// run is what the configuration and all its modules have together.
type run struct {
	folders
	modules  []*loader // the configuration and each instance of a module
	unproven bool      // a check is not known to hold
}

// loader holds what is known of a module while it is loaded: of the configuration, or
// of one instance of a module that it calls. Its methods report mistakes and go on with
// unknown values, so that one mistake is reported once.
type loader struct {
	*evaluator
	run     *run
	folder  *folder
	caller  *loader          // nil for the configuration
	address string           // module.a.module.b["key"]; empty for the configuration
	scope   *hcl.EvalContext // var, local, module, path and the functions
}

func newLoader(run *run, f *folder, caller *loader, address string) *loader {
	d := newDeclared(run.reporter, run.opts.Kinds, caller != nil)
	l := &loader{run: run, folder: f, caller: caller, address: address, evaluator: &evaluator{
		declared: d, refs: imageRefs{declared: d.images, called: d.called, made: run.opts.Made},
	}}
	run.modules = append(run.modules, l)
	return l
}

// newScope makes the context every expression of the module is evaluated in.
func (l *loader) newScope() *hcl.EvalContext {
	return &hcl.EvalContext{
		Variables: map[string]cty.Value{
			"var":   l.variables.value(),
			"local": cty.EmptyObjectVal,
			"path": cty.ObjectVal(map[string]cty.Value{
				"module": cty.StringVal(l.folder.dir).Mark(functions.FromRoot),
				"root":   cty.StringVal(".").Mark(functions.FromRoot),
			}),
		},
		Functions: l.folder.functions,
	}
}

// sortedKeys returns the keys of a map in their order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
