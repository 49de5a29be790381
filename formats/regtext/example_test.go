package regtext_test

import (
	"fmt"
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/regtext"
)

func Example() {
	ops, err := regtext.Parse([]byte(`Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\SOFTWARE\Contoso]
"Retries"=dword:00000003
`))
	if err != nil {
		panic(err)
	}
	software := hive.New(hive.NewOptions{})
	if err := regtext.Apply(ops, software.Root(), `HKEY_LOCAL_MACHINE\SOFTWARE`, 0); err != nil {
		panic(err)
	}
	text, err := regtext.Export(software.Root(), `HKLM\SOFTWARE`, regtext.ANSI)
	fmt.Print(strings.ReplaceAll(string(text), "\r\n", "\n"), err)
	// Output:
	// REGEDIT4
	//
	// [HKLM\SOFTWARE]
	//
	// [HKLM\SOFTWARE\Contoso]
	// "Retries"=dword:00000003
	//
	// <nil>
}
