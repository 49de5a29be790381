package inf

// ServiceAssociated is the flag of the function driver of the device
// (SPSVCINST_ASSOCSERVICE, "INF AddService directive").
const ServiceAssociated = 0x2

// Values of [Service.Start].
const (
	StartBoot     = 0
	StartSystem   = 1
	StartAuto     = 2
	StartDemand   = 3
	StartDisabled = 4
)

// A Service is a driver or program that AddService sets up.
type Service struct {
	Name  string // empty for the null driver: the device needs none
	Flags uint32 // SPSVCINST_…
	Line  int

	DisplayName, Description  string
	Type, Start, ErrorControl uint32
	Binary                    Dest
	LoadOrderGroup            string
	Dependencies              []string
	StartName                 string
	Security                  string // SDDL
	RequiredPrivileges        []string
	// Part is the service-install section: its AddReg are for the service's key.
	Part Part
	// EventLog is the event-log-install section, if there is one.
	EventLog                     Part
	EventLogType, EventLogSource string // "System" and the service's name by default
}

// service reads an AddService: name, flags, section, event-log section, event
// log type, event name.
func (r *resolver) service(l *Line) *Service {
	v := &Service{Name: l.Value(0), Flags: r.number(l, 1, "AddService flags"), Line: l.Number}
	if v.Name == "" {
		return v
	}
	name := l.Value(2)
	s := r.file.Section(name)
	if s == nil {
		r.add(l.Number, MissingSection, "AddService %s: there is no section [%s]", v.Name, name)
		return v
	}
	v.Part = r.part(s)
	r.serviceSection(v)
	if name := l.Value(3); name != "" {
		s := r.file.Section(name)
		if s == nil {
			r.add(l.Number, MissingSection, "AddService %s: there is no section [%s]", v.Name, name)
		}
		v.EventLog = r.part(s)
		v.EventLogType, v.EventLogSource = "System", v.Name
		if l.Value(4) != "" {
			v.EventLogType = l.Value(4)
		}
		if l.Value(5) != "" {
			v.EventLogSource = l.Value(5)
		}
	}
	return v
}

// serviceSection reads the service-install section.
func (r *resolver) serviceSection(v *Service) {
	p := &v.Part
	v.DisplayName, v.Description = p.value("DisplayName"), p.value("Description")
	v.LoadOrderGroup, v.StartName, v.Security = p.value("LoadOrderGroup"), p.value("StartName"), p.value("Security")
	required := [...]struct {
		key   string
		value *uint32
	}{{"ServiceType", &v.Type}, {"StartType", &v.Start}, {"ErrorControl", &v.ErrorControl}}
	for _, n := range required {
		l := p.find(n.key)
		if l == nil || l.Value(0) == "" {
			r.add(p.Line, MissingValue, "section [%s] of service %s has no %s", p.Section, v.Name, n.key)
			continue
		}
		*n.value = r.number(l, 0, n.key)
	}
	if binary := p.value("ServiceBinary"); binary != "" {
		v.Binary = ParseDest(binary)
	} else {
		r.add(p.Line, MissingValue, "section [%s] of service %s has no ServiceBinary", p.Section, v.Name)
	}
	if l := p.find("Dependencies"); l != nil {
		v.Dependencies = nonEmpty(l.Values)
	}
	if l := p.find("RequiredPrivileges"); l != nil {
		v.RequiredPrivileges = nonEmpty(l.Values)
	}
}
