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

// Options are the options of [Load].
type Options struct {
	FS        fs.FS  // the module's folder; made from an [os.Root], so that nothing outside it can be read
	Dir       string // the module's folder as the user named it; stands before file names in diagnostics
	Kinds     Kinds  // the kinds of resources there are
	Variables Variables

	// Elsewhere returns the path to write an image to instead of the author's output. Nil:
	// the author's.
	Elsewhere func(image, output string) string

	// Lenient accepts variables without a value; their values are unknown. The Config then
	// does not contain resources that are unknown for this reason or because of a mistake:
	// it only serves to find more mistakes.
	Lenient bool

	// Open opens the folder of a module outside the folder of the configuration, by its path
	// relative to it. Nil: such modules are an error.
	Open func(dir string) (fs.FS, error)

	// Resolver finds modules whose source is an address. Nil: such modules are an error.
	Resolver Resolver

	// Made describes the file of an output, with its digest only on request; ok is false if
	// it does not exist. Nil: no output is read.
	Made func(output string, digest bool) (made Made, ok bool)

	// ReadFile reads the files named with -var-file, which may be outside the module. Nil
	// means os.ReadFile.
	ReadFile func(name string) ([]byte, error)
}

// Made describes the file of an existing output, or the first file if it is split.
type Made struct {
	Size   int64 // bytes
	SHA256 string
}

// Load reads the configuration of a module: the *.gild.hcl and *.gild.json files of
// one folder. It reports all mistakes, sorted by file and line, and never shows a sensitive
// value. The Config is never nil; after errors it is incomplete, and only serves to show
// the diagnostics.
func Load(opts Options) (*Config, hcl.Diagnostics) {
	l := begin(opts)
	cfg := &Config{Dir: opts.Dir, Files: l.run.files}
	bodies := l.run.configuration()
	if l.diags.HasErrors() {
		// Names that seem undeclared may be declared in a file that could not be read.
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
	root.info, _ = fs.Stat(opts.FS, ".") // an error is reported when the folder is read
	return newLoader(&run{folders: folders{
		reader: &reader{reporter: &reporter{}, files: map[string]*hcl.File{}},
		opts:   opts, root: root, known: map[string]*folder{root.dir: root},
	}}, root, nil, "")
}

// run is the state that the configuration and all its modules share.
type run struct {
	folders
	modules  []*loader // the configuration and each instance of a module
	unproven bool      // the result of a check is not known yet
}

// loader is the state of a module while it is loaded: of the configuration, or of one
// instance of a module that it calls. After a mistake its methods report it and continue
// with unknown values, so that each mistake is reported once.
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

// newScope returns the evaluation context of all expressions of the module.
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

// sortedKeys returns the keys of a map, sorted.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
