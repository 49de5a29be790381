package inf

import (
	"fmt"
	"testing"
)

func TestRegistryData(t *testing.T) {
	tests := []struct{ line, want string }{
		{`HKR,,n,,"a"`, "1 61000000"},
		{`HKR,,n`, "1 0000"},
		{`HKR,,n,0x20000,%11%`, "2 2500310031002500" + "0000"},
		{`HKR,,n,0x10000,a,,b`, "7 61000000" + "62000000" + "0000"},
		{`HKR,,n,0x10008,a`, "7 61000000" + "0000"},
		{`HKR,,n,0x10001,10`, "4 0a000000"},
		{`HKR,,n,0x10001,0xffFFffff`, "4 ffffffff"},
		{`HKR,,n,0x10001,-1`, "4 ffffffff"},
		{`HKR,,n,0x10001`, "4 00000000"},
		{`HKR,,n,0x10001,00,C2,01,00`, "4 00c20100"},
		{`HKR,,n,0x10003,1`, "4 01000000"},
		{`HKR,,n,1,01,0xff,a`, "3 01ff0a"},
		{`HKR,,n,0xb0001,0x100000000`, "11 0000000001000000"},
		{`HKR,,n,0x20001`, "0 "},
		{`HKR,,n,0x380001,1,2`, "56 0102"},
		{`HKR,,n,0x10001,x`, `error value "x" is not a number of 32 bits`},
		{`HKR,,n,1,100`, `error value "100" is not a byte in hexadecimal`},
		{`HKR,,n,0x30000,1`, `error flags 0x30000 have no known type`},
	}
	for _, test := range tests {
		p := mustParse(t, install("[I]\nAddReg=R\n[R]\n"+test.line)).Resolve(win11)
		kind, data, err := p.Installs[0].AddReg[0].Entries[0].Data()
		got := fmt.Sprintf("%d %x", kind, data)
		if err != nil {
			got = "error " + err.Error()
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.line, got, test.want)
		}
	}
	p := mustParse(t, install("[I]\nAddReg=R\n[R]\nHKR,,n,zz,1\n")).Resolve(win11)
	wantProblem(t, p.Problems, BadValue, `registry flags: "zz"`)
}
