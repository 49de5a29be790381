package inf

// parts returns every section that is carried out.
func (p *Package) parts() []Part {
	var parts []Part
	for _, in := range p.all() {
		parts = append(parts, in.allParts()...)
	}
	for _, i := range p.InterfaceInstalls {
		parts = append(parts, i.Part)
	}
	return parts
}

// files lists what the package must have.
func (r *resolver) files(p *Package) {
	done, index := map[*FileList]bool{}, map[string]int{}
	for _, part := range p.parts() {
		for _, list := range part.CopyFiles {
			if !done[list] {
				done[list] = true
				r.listed(p, list, index)
			}
		}
		for _, name := range part.CopyINF {
			r.copyINF(p, name, part.Line, index)
		}
	}
}

// listed adds the files of a list.
func (r *resolver) listed(p *Package, list *FileList, index map[string]int) {
	for _, c := range list.Files {
		if i, ok := r.packageFile(p, c.Source, c.Line, index); ok {
			p.Files[i].Copies = append(p.Files[i].Copies, c)
		}
	}
}

// copyINF adds the INF of another package, in the same folder ("INF CopyINF
// directive").
func (r *resolver) copyINF(p *Package, name string, line int, index map[string]int) {
	if _, ok := index[fold(name)]; !ok {
		index[fold(name)] = len(p.Files)
		p.Files = append(p.Files, PackageFile{Name: name, Path: r.relative(line, name), Line: line})
	}
}

// packageFile returns the place of a file in the package's list, adding it when it
// is new. It is not ok for a file that is not part of the package.
func (r *resolver) packageFile(p *Package, name string, line int, index map[string]int) (int, bool) {
	if i, ok := index[fold(name)]; ok {
		return i, i >= 0
	}
	file, ok := r.locate(name, line)
	if !ok {
		index[fold(name)] = -1
		return 0, false
	}
	index[fold(name)] = len(p.Files)
	p.Files = append(p.Files, file)
	return len(p.Files) - 1, true
}

// binaries says which services run what the package does not bring.
func (r *resolver) binaries(p *Package) {
	place := func(d Dest) string {
		if path, ok := d.Path(r.target.Arch); ok {
			return fold(path)
		}
		return fold(d.String())
	}
	brought := map[string]bool{}
	for i := range p.Files {
		for _, c := range p.Files[i].Copies {
			brought[place(c.Dest)] = true
		}
	}
	check := func(line int, name string, binary Dest) {
		if binary.Name != "" && !brought[place(binary)] {
			r.add(line, External, "service %s runs %s, which is not one of the package's files", name, binary)
		}
	}
	for _, in := range p.all() {
		for _, s := range in.Services {
			check(s.Line, s.Name, s.Binary)
		}
		for _, w := range in.Wdf {
			check(w.Line, w.Name, w.Binary)
		}
	}
}
