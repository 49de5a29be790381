// Dism is an emulated dism.exe: see package dismemu. Under the name sfc it is an
// emulated sfc.exe, under the name reg an emulated reg.exe for what DISM has left loaded.
//
// The environment tells it where to keep its state and how to fail: see dismemu.Program.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/gildhq/gild/image/dism/dismemu"
	"github.com/gildhq/gild/image/dism/dismemu/sfc"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	name := strings.TrimSuffix(strings.ToLower(filepath.Base(os.Args[0])), ".exe")
	if name == "sfc" {
		os.Exit(int(sfc.Run(ctx, os.Args[1:], os.Stdout)))
	}
	if name == "reg" {
		m, err := dismemu.FromEnvironment()
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(m.Reg(os.Args[1:], os.Stdout))
	}
	os.Exit(dismemu.Program(ctx, os.Args[1:]))
}
