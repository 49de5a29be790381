//go:build windows

package main

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/gildhq/gild/internal/wine/machine/play"
)

// program is one that the queue calls. Those that are only asked, or change
// nothing that can be seen here, are not written down.
func program(name string, args []string) int {
	switch name {
	case "findstr":
		return findstr(args)
	case "certutil":
		return certutil(args)
	case "icacls":
		return 0
	case "ping":
		return ping(args)
	case "route":
		return route()
	case "powershell":
		return watch()
	case "hex": // the exit code as cmd.exe of Windows has it in %=ExitCode%
		n, err := strconv.ParseInt(args[0], 10, 64)
		fmt.Printf("%08X\r\n", uint32(n))
		if err != nil {
			return 1
		}
		return 0
	}
	if err := note(append([]string{name}, args...)); err != nil {
		fmt.Println(err)
		return 1
	}
	switch name {
	case "schtasks":
		return schtasks(args)
	case "shutdown":
		return flag("restart")
	case "dism":
		return dism(args)
	case "changepk", "cscript":
		return work("edition")
	}
	return work(name)
}

func note(call []string) error {
	line, err := json.Marshal(call)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(file("calls.txt"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.Write(append(line, '\n'))
	return err
}

func flag(name string) int {
	if err := os.WriteFile(file(name), nil, 0o666); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

// findstr compares whole lines, as with /i /x /l, and ends with 1 if none is found.
func findstr(args []string) int {
	var want []string
	for _, a := range args[:len(args)-1] {
		if text, ok := strings.CutPrefix(a, "/c:"); ok {
			want = append(want, text)
		}
	}
	data, err := os.ReadFile(args[len(args)-1])
	if err != nil {
		fmt.Println("FINDSTR: Cannot open", args[len(args)-1])
		return 1
	}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\r\n")
		if slices.ContainsFunc(want, func(w string) bool { return strings.EqualFold(w, line) }) {
			fmt.Println(line)
			return 0
		}
	}
	return 1
}

// certutil prints a digest as older versions do, with blanks. Of an empty file it
// has none: it can't be mapped.
func certutil(args []string) int {
	data, err := os.ReadFile(args[1])
	code := 0
	if all, wrong := things(); wrong == nil {
		code = int(all["certutil"].Exit)
	}
	switch {
	case code != 0:
	case err != nil:
		code = -2147024894 // 0x80070002 ERROR_FILE_NOT_FOUND
	case len(data) == 0:
		code = -2147023890 // 0x800703EE ERROR_FILE_INVALID
	}
	if code != 0 {
		fmt.Printf("CertUtil: -hashfile command FAILED: 0x%x\r\n", uint32(code))
		return code
	}
	sum := sha256.Sum256(data)
	fmt.Printf("SHA256 hash of %s:\r\n% x\r\nCertUtil: -hashfile command completed successfully.\r\n", args[1], sum)
	return 0
}

func schtasks(args []string) int {
	switch args[0] {
	case "/create":
		return flag("task")
	case "/delete":
		if os.Remove(file("task")) != nil {
			return 1
		}
	case "/run":
		if _, err := os.Stat(file("task")); err != nil {
			return 1
		}
	}
	return 0
}

// dism answers questions about features, and changes them.
func dism(args []string) int {
	var name, question string
	for _, a := range args {
		if v, ok := strings.CutPrefix(a, "/FeatureName:"); ok {
			name = v
		}
		if strings.HasPrefix(a, "/Set-Edition:") {
			name = "edition"
		}
		if strings.HasPrefix(a, "/Get-") {
			question = a
		}
	}
	if question == "" {
		return work(name)
	}
	things, err := things()
	if question == "/Get-CurrentEdition" && err == nil {
		fmt.Printf("\r\nCurrent edition is:\r\n\r\nCurrent Edition : %s\r\n\r\nThe operation completed successfully.\r\n", things["edition"].State)
		return 0
	}
	t, ok := things[name]
	if err != nil || !ok {
		fmt.Printf("\r\nError: 0x800f080c\r\n\r\nFeature name %s is unknown.\r\n", name)
		return -2146498548
	}
	fmt.Printf("\r\nFeature Name : %s\r\nState : %s\r\n\r\nThe operation completed successfully.\r\n", name, t.State)
	return 0
}

func things() (map[string]play.Thing, error) {
	all := map[string]play.Thing{}
	err := load("things.json", &all)
	return all, err
}

// work changes a thing and ends with its exit code.
func work(name string) int {
	all, err := things()
	t, ok := all[name]
	if err != nil || !ok {
		fmt.Println("nothing is known of", name, err)
		return 87
	}
	exit, hangs := t.Exit, t.Hangs
	switch {
	case hangs:
	case len(t.Exits) > 0:
		exit, t.Exits = t.Exits[0], t.Exits[1:]
	case t.After != "":
		t.State = t.After
	}
	all[name] = t
	if err := save("things.json", all); err != nil {
		fmt.Println(err)
		return 1
	}
	switch {
	case hangs:
		return stay("hangs")
	case t.Cuts:
		return stay("off")
	}
	return int(exit)
}

// stay writes the number of the process down, and does not end by itself.
func stay(name string) int {
	if err := save(name, os.Getpid()); err != nil {
		fmt.Println(err)
		return 1
	}
	time.Sleep(limit)
	return 1
}

// ping is what scripts wait with: so many seconds less one. Meanwhile things happen.
func ping(args []string) int {
	n, err := strconv.Atoi(args[1])
	if err == nil {
		err = pass(n - 1)
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

// route prints the table of a machine that is in no network but its own, or in one.
func route() int {
	fmt.Print("===========================================================================\r\nActive Routes:\r\n" +
		"Network Destination        Netmask          Gateway       Interface  Metric\r\n")
	if _, err := os.Stat(file("network")); err == nil {
		fmt.Print("          0.0.0.0          0.0.0.0      192.168.1.1    192.168.1.20     25\r\n")
	}
	fmt.Print("        127.0.0.0        255.0.0.0         On-link         127.0.0.1    331\r\n")
	return 0
}

// watch is limit.ps1; its minutes pass when something hangs.
func watch() int {
	folder, id := os.Getenv("GILD_DIR"), os.Getenv("GILD_WATCH")
	for {
		time.Sleep(20 * time.Millisecond)
		data, err := os.ReadFile(filepath.Join(folder, "running"))
		if err != nil || strings.TrimSpace(string(data)) != id {
			return 0
		}
		var hangs uint32
		if load("hangs", &hangs) != nil {
			continue
		}
		if err := errors.Join(os.Remove(file("hangs")), os.WriteFile(filepath.Join(folder, "overdue"), nil, 0o666), end(hangs)); err != nil {
			fmt.Println(err)
			return 1
		}
		return 0
	}
}

// end ends a process and the one that has started it, the action's cmd.exe.
func end(process uint32) error {
	list, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return err
	}
	defer windows.CloseHandle(list)
	e := windows.ProcessEntry32{Size: uint32(unsafe.Sizeof(windows.ProcessEntry32{}))}
	for err = windows.Process32First(list, &e); err == nil; err = windows.Process32Next(list, &e) {
		if e.ProcessID == process {
			return errors.Join(kill(e.ParentProcessID), kill(process))
		}
	}
	return err
}

func kill(process uint32) error {
	h, err := windows.OpenProcess(windows.PROCESS_TERMINATE, false, process)
	if err != nil {
		return err
	}
	return errors.Join(windows.TerminateProcess(h, 1), windows.CloseHandle(h))
}
