package inf

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

func FuzzParse(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte(goodVersion))
	f.Add([]byte("\xff\xfe[\x00a\x00]\x00\n\x00x\x00=\x001\x00"))
	f.Add([]byte("[DefaultInstall.NTamd64]\nCopyFiles=@%12%\\x,\"a\"\"b\"\\\n,c\n"))
	f.Add([]byte("[Manufacturer]\n%a%=M,NT$ARCH$.10.0...22000\n[M.NT$ARCH$.10.0...22000]\n%%=I,\"x;y\"\n[I]\nNeeds=I\n[Strings.0409]\na=b"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse(data)
		if err != nil {
			return
		}
		arches := append(file.Architectures(), AMD64)
		for _, arch := range arches {
			checkPackage(t, file.Resolve(Target{Arch: arch, Major: 10, Build: 26100}))
		}
	})
}

// checkPackage checks what holds for every package.
func checkPackage(t *testing.T, p *Package) {
	for i := range p.Files {
		f := &p.Files[i]
		if f.Path != "" && (!fs.ValidPath(f.Path) || strings.Contains(f.Path, `\`)) {
			t.Fatalf("path %q", f.Path)
		}
		for _, c := range f.Copies {
			if path, ok := c.Dest.Path(p.Target.Arch); ok && strings.Contains(`\`+path+`\`, `\..\`) {
				t.Fatalf("destination %q", path)
			}
		}
	}
	for _, in := range p.all() {
		for _, part := range in.allParts() {
			for _, s := range part.AddReg {
				for _, e := range s.Entries {
					_, _, _ = e.Data()
				}
			}
		}
	}
	if _, _, err := p.Locate(fstest.MapFS{}); err != nil {
		t.Fatal(err)
	}
	for _, problem := range p.Problems {
		if problem.Message == "" || problem.Line < 0 {
			t.Fatalf("problem %+v", problem)
		}
	}
}
