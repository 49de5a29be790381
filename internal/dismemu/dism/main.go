// Dism is an emulated dism.exe: see package dismemu. Under the name sfc it is an
// emulated sfc.exe, under the name reg an emulated reg.exe for what DISM has left loaded.
//
// It keeps its state in the folder GILD_DISMEMU_STATE, and fails as
// GILD_DISMEMU_FAULT tells it to. GILD_DISMEMU_LOCALE is the locale of the host.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/gildhq/gild/internal/dismemu"
	"github.com/gildhq/gild/internal/dismemu/sfc"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	name := strings.TrimSuffix(strings.ToLower(filepath.Base(os.Args[0])), ".exe")
	if name == "sfc" {
		os.Exit(int(sfc.Run(ctx, os.Args[1:], os.Stdout)))
	}
	m := dismemu.Machine{State: os.Getenv("GILD_DISMEMU_STATE"), Fault: os.Getenv("GILD_DISMEMU_FAULT"), Locale: os.Getenv("GILD_DISMEMU_LOCALE")}
	if m.State == "" {
		fmt.Println("GILD_DISMEMU_STATE names no folder.")
		os.Exit(1)
	}
	if name == "reg" {
		os.Exit(m.Reg(os.Args[1:], os.Stdout))
	}
	os.Exit(int(int32(m.Run(ctx, os.Args[1:], os.Stdout))))
}
