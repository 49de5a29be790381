// Command make writes a sample image: a WIM file that looks like Windows. With
// -factory it writes what examples/factory starts from into a folder.
//
//	go run ./internal/sample/make [-files N] [-file-size BYTES] [-images N] [-pe] [-compress lzx|xpress|none] FILE.wim
//	go run ./internal/sample/make -factory FOLDER
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/internal/sample"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
}

func run() error {
	var o sample.Options
	compress := flag.String("compress", "lzx", "compression: lzx, xpress or none")
	flag.IntVar(&o.Files, "files", 0, "further files in the component store")
	flag.Int64Var(&o.FileSize, "file-size", 0, "their mean size in bytes (default 12288)")
	flag.IntVar(&o.Images, "images", 1, "images in the file")
	flag.BoolVar(&o.PE, "pe", false, "Windows PE, as in a boot.wim")
	flag.BoolVar(&o.Integrity, "check", false, "write an integrity table")
	factory := flag.String("factory", "", "folder to write what examples/factory starts from")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *factory != "" && flag.NArg() == 0 {
		return sample.Factory(ctx, *factory)
	}
	if flag.NArg() != 1 {
		flag.Usage()
		return fmt.Errorf("give the file to write")
	}
	switch *compress {
	case "lzx":
		o.Compression = wim.LZX
	case "xpress":
		o.Compression = wim.XPRESS
	case "none":
		o.Stored = true
	default:
		return fmt.Errorf("-compress %s: want lzx, xpress or none", *compress)
	}
	return sample.Write(ctx, flag.Arg(0), o)
}
