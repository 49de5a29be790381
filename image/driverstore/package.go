package driverstore

// maxNesting is how many parts of a device ID are separate keys below Descriptors: the
// bus and the ID. No deeper keys are known.
const maxNesting = 2

// read fills in the data from the record of a package.
func (r *reader) read(p *Package, key string) {
	k, ok := r.Key(key)
	if !ok {
		r.Note("driver package %q: its record can't be read", p.Key)
	}
	if name := k.Text(""); name != "" {
		p.PublishedName = name
	}
	p.Provider, p.Signer = k.Text("Provider"), k.Text("SignerName")
	p.OriginalName = k.Text("InfName")
	p.Inbox = p.PublishedName != "" && !oemName.MatchString(p.PublishedName)
	if p.Inbox && p.OriginalName == "" {
		p.OriginalName = p.PublishedName // it was not renamed
	}
	if n, ok := k.Number("BootCritical"); ok {
		critical := n != 0
		p.BootCritical = &critical
	}
	p.Arch, p.Version = Unknown, Unknown
	r.version(p, k.Bytes("Version"))
	if !r.brief || !p.Inbox {
		p.HardwareIDs = r.hardwareIDs(nil, key+`\Descriptors`, "", 1)
	}
	p.Folder = r.folder(p.Key)
}

// version fills in the data from the value Version.
func (r *reader) version(p *Package, data []byte) {
	v, err := parseVersion(data)
	if err != nil {
		r.Note("driver package %q: %v", p.Key, err)
		return
	}
	p.Version, p.Date, p.ClassGUID = v.String(), v.date, v.class
	if v.class != "" {
		p.Class = r.class(v.class).name
		if p.BootCritical == nil && r.class(scsiAdapter).critical {
			critical := r.class(v.class).critical
			p.BootCritical = &critical
		}
	}
	if p.Arch = archName(v.arch); p.Arch == "" {
		p.Arch = Unknown
		r.Note("driver package %q: architecture %d is not known", p.Key, v.arch)
	}
}

// hardwareIDs appends the device IDs for which a package has a configuration.
func (r *reader) hardwareIDs(ids []string, key, prefix string, depth int) []string {
	for _, name := range r.Below(key) {
		path := key + `\` + name
		if k, _ := r.Key(path); k.Has("Configuration") {
			ids = append(ids, prefix+name)
		}
		if depth < maxNesting {
			ids = r.hardwareIDs(ids, path, prefix+name+`\`, depth+1)
		}
	}
	return ids
}
