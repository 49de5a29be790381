package providers

import "testing"

func TestConflict(t *testing.T) {
	const soft = "HKLM/SOFTWARE/"
	tests := []struct {
		name string
		a, b Claim
		want bool
	}{
		{"same value, other case", ClaimValue(soft+"A", "x"), ClaimValue(soft+"a", "X"), true},
		{"other value", ClaimValue(soft+"A", "x"), ClaimValue(soft+"A", "y"), false},
		{"both spellings of a path", ClaimKey(`HKLM\SOFTWARE\A`), ClaimKey(soft + "A"), true},
		{"key and value in it", ClaimKey(soft + "A"), ClaimValue(soft+"A", "x"), false},
		{"tree and its own key", ClaimKeyTree(soft + "A"), ClaimKey(soft + "a"), true},
		{"tree and value in its key", ClaimKeyTree(soft + "A"), ClaimValue(soft+"A", "x"), true},
		{"tree and default value", ClaimKeyTree(soft + "A"), ClaimValue(soft+"A", ""), true},
		{"tree and value below", ClaimKeyTree(soft + "A"), ClaimValue(soft+"A/B/C", "x"), true},
		{"tree and key with a slash below", ClaimKeyTree(soft + "A"), ClaimKey(`HKLM\SOFTWARE\A\b/c`), true},
		{"tree in a tree", ClaimKeyTree(soft + "A/B"), ClaimKeyTree(soft + "A"), true},
		{"tree and a longer name", ClaimKeyTree(soft + "A"), ClaimKey(soft + "AB"), false},
		{"tree and key above", ClaimKeyTree(soft + "A/B"), ClaimKey(soft + "A"), false},
		{"first control set", ClaimValue("HKLM/SYSTEM/ControlSet001/X", "y"), ClaimValue("HKLM/SYSTEM/CurrentControlSet/X", "y"), true},
		{"second control set", ClaimValue("HKLM/SYSTEM/ControlSet002/X", "y"), ClaimValue("HKLM/SYSTEM/CurrentControlSet/X", "y"), false},
		{"longer control set", ClaimKey("HKLM/SYSTEM/ControlSet0011"), ClaimKey("HKLM/SYSTEM/CurrentControlSet1"), false},
		{"file", ClaimFile("Windows/a.txt"), ClaimFile("WINDOWS/A.TXT"), true},
		{"folder and file in it", ClaimFile("Windows"), ClaimFile("Windows/a.txt"), false},
		{"file tree", ClaimFileTree("Windows"), ClaimFile("Windows/a.txt"), true},
		{"file tree and itself", ClaimFileTree("Windows"), ClaimFile("windows"), true},
		{"file trees", ClaimFileTree("Windows"), ClaimFileTree("Windows/Temp"), true},
		{"file tree and a longer name", ClaimFileTree("Win"), ClaimFile("Windows"), false},
		{"file called tree", ClaimFileTree("x"), ClaimFile("tree x"), false},
		{"part and the whole", ClaimPart(ClaimFile("a/hosts"), "x"), ClaimFile("A/HOSTS"), true},
		{"same part, other case", ClaimPart(ClaimFile("a/hosts"), "x"), ClaimPart(ClaimFile("a/Hosts"), "X"), true},
		{"other part", ClaimPart(ClaimFile("a/hosts"), "x"), ClaimPart(ClaimFile("a/hosts"), "y"), false},
		{"part of another", ClaimPart(ClaimFile("a/hosts"), "x"), ClaimPart(ClaimFile("a/host"), "x"), false},
		{"part and tree around", ClaimPart(ClaimFile("a/hosts"), "x"), ClaimFileTree("a"), true},
		{"part and tree in its place", ClaimPart(ClaimFile("a/hosts"), "x"), ClaimFileTree("a/hosts"), true},
		{"part and folder", ClaimPart(ClaimFile("a/hosts"), "x"), ClaimFile("a"), false},
		{"part of a value and its key's tree", ClaimPart(ClaimValue(soft+"A", "x"), "p"), ClaimKeyTree(soft + "A"), true},
		{"part of a value and the key", ClaimPart(ClaimValue(soft+"A", "x"), "p"), ClaimKey(soft + "A"), false},
		{"part that is called a whole", ClaimPart(ClaimFile("a"), "x of file b"), ClaimFile("b"), false},
		{"file of that name as another thing", ClaimThing("file", "a"), ClaimFile("a"), false},
		{"part with a NUL", ClaimPart(ClaimFile("a"), "x\x00of file\x00b"), ClaimFile("b"), false},
		{"value with a NUL", ClaimValue(soft+"A", "x\x00as\x00y"), ClaimValue(soft+"A", "x"), false},
		{"file and key", ClaimFileTree("HKLM"), ClaimKey("HKLM/SOFTWARE"), false},
	}
	for _, tt := range tests {
		if got := conflict(tt.a, tt.b); got != tt.want {
			t.Errorf("%s: Conflict(%q, %q) = %v", tt.name, tt.a, tt.b, got)
		}
		if conflict(tt.a, tt.b) != conflict(tt.b, tt.a) {
			t.Errorf("%s: depends on the order", tt.name)
		}
	}
}

func conflict(held, claim Claim) bool {
	var c Claims[int]
	c.Add(held, 1)
	_, _, found := c.Conflict(claim)
	return found
}

func TestClaimsNameTheFirstHolder(t *testing.T) {
	var c Claims[int]
	c.Add(ClaimFile("a/b/c.txt"), 1)
	c.Add(ClaimFile("a/b/d.txt"), 2)
	c.Add(ClaimFileTree("x"), 3)
	c.Add(ClaimPart(ClaimFile("hosts"), "p"), 4)
	c.Add(ClaimPart(ClaimFile("hosts"), "q"), 5)
	for claim, want := range map[Claim]int{
		ClaimFile("A/B/D.TXT"):      2,
		ClaimFileTree("a"):          1,
		ClaimFile("x/y/z"):          3,
		ClaimFile("a/b"):            0,
		ClaimFile("Hosts"):          4,
		ClaimFileTree("a/b/c"):      0,
		ClaimThing("something", ""): 0,
	} {
		if by, what, found := c.Conflict(claim); by != want || found != (want > 0) {
			t.Errorf("Conflict(%q) = %d, %q, %v; want %d", claim, by, what, found, want)
		}
	}
}

// TestClaimsShown: claims of one thing conflict however they are spelled, and are
// shown as the first author spelled them.
func TestClaimsShown(t *testing.T) {
	for _, tt := range []struct {
		first, then Claim
		want        string
	}{
		{ClaimValue("HKLM/Software/Contoso", "Port : a"), ClaimValue(`hklm\SOFTWARE\contoso`, "PORT : A"), "registry value HKLM/Software/Contoso : Port : a"},
		{ClaimValue("HKLM/SYSTEM/ControlSet001/x", `C:\Files`), ClaimValue(`HKLM\System\CurrentControlSet\X`, `c:\files`), `registry value HKLM/SYSTEM/ControlSet001/x : C:\Files`},
		{ClaimPart(ClaimFile("Users/x of y.txt"), "a of b"), ClaimFile("USERS/X OF Y.TXT"), "part a of b of file Users/x of y.txt"},
		{ClaimKeyTree("HKLM/Software/Contoso"), ClaimValue(`HKLM\SOFTWARE\CONTOSO\sub`, "x"), "registry tree HKLM/Software/Contoso"},
		{ClaimFileTree("Tools"), ClaimFile("TOOLS/a"), "file tree Tools"},
	} {
		var held Claims[int]
		held.Add(tt.first, 1)
		if _, what, found := held.Conflict(tt.then); !found || what != tt.want {
			t.Errorf("%q conflicts with %q, %v, want %q", tt.then, what, found, tt.want)
		}
	}
}

// TestClaimsOfParts: parts may have parts, and several may want a thing alike.
func TestClaimsOfParts(t *testing.T) {
	part := func(names ...string) Claim {
		claim := ClaimThing("driver", "X")
		for _, n := range names {
			claim = ClaimPart(claim, n)
		}
		return claim
	}
	alike := ClaimAlike(part("contoso", "1.0", "a"), "one way")
	for _, tt := range []struct {
		first, then Claim
		conflict    bool
	}{
		{alike, alike, false},
		{alike, ClaimAlike(part("Contoso", "1.0", "A"), "one way"), false},
		{alike, ClaimAlike(part("contoso", "1.0", "a"), "another way"), true},
		{alike, part("contoso", "1.0", "a"), true},
		{alike, ClaimAlike(part("contoso", "1.0", "b"), "another way"), false},
		{alike, part("contoso", "1.0"), true},
		{alike, part("contoso"), true},
		{alike, part(), true},
		{alike, part("contoso", "2.0"), false},
		{alike, part("fabrikam"), false},
		{alike, ClaimThing("driver", "Y"), false},
	} {
		for _, order := range [][2]Claim{{tt.first, tt.then}, {tt.then, tt.first}} {
			var held Claims[int]
			held.Add(order[0], 1)
			if _, what, found := held.Conflict(order[1]); found != tt.conflict {
				t.Errorf("%q and %q: conflict %v with %q", order[0], order[1], found, what)
			}
		}
	}
}
