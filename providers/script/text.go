package script

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

const (
	eol           = "\r\n"
	byteOrderMark = "\uFEFF"
)

// text returns the script for command or powershell.
func (r *resource) text() []byte {
	if r.PowerShell != nil {
		return powerShellText(*r.PowerShell)
	}
	return commandsText(r.Command, r.OKExitCodes)
}

// powerShellText returns the file of a script. The byte order mark tells Windows
// PowerShell that it is UTF-8.
func powerShellText(s string) []byte {
	return []byte(byteOrderMark + strings.ReplaceAll(s, "\n", eol) + eol)
}

// powerShellIn is the inverse of powerShellText; nil for files from elsewhere.
func powerShellIn(data []byte) *string {
	s := strings.TrimSuffix(strings.TrimPrefix(string(data), byteOrderMark), eol)
	s = strings.ReplaceAll(s, eol, "\n")
	if !bytes.Equal(powerShellText(s), data) {
		return nil
	}
	return &s
}

// Lines of the batch file for commands. After each command it checks the exit code, so that
// no command can hide the failure of an earlier one.
const (
	first  = "@echo off" + eol
	utf8   = "chcp 65001 >nul" + eol
	verify = eol + "call :gild_check" + eol + "if not defined gild_ok exit /b %gild_code%" + eol
	ending = "exit /b %gild_code%" + eol
)

func commandsText(commands []string, okCodes []int) []byte {
	var b strings.Builder
	b.WriteString(first)
	if !isASCII(strings.Join(commands, "")) {
		b.WriteString(utf8)
	}
	for _, c := range commands {
		b.WriteString(c + verify)
	}
	codes := strings.Trim(fmt.Sprint(okCodes), "[]")
	b.WriteString(ending + ":gild_check" + eol + `set "gild_code=%errorlevel%"` + eol + `set "gild_ok="` + eol)
	b.WriteString("for %%c in (" + codes + `) do if "%gild_code%"=="%%c" set "gild_ok=yes"` + eol + "exit /b 0" + eol)
	return []byte(b.String())
}

// commandsIn is the inverse of commandsText; nil for files from elsewhere.
func commandsIn(data []byte, okCodes []int) []string {
	s := strings.TrimPrefix(strings.TrimPrefix(string(data), first), utf8)
	parts := strings.Split(s, verify)
	commands := parts[:len(parts)-1]
	for _, c := range [][]string{commands, append([]string{strings.TrimSuffix(utf8, eol)}, commands...)} {
		if len(c) > 0 && bytes.Equal(commandsText(c, okCodes), data) {
			return slices.Clone(c)
		}
	}
	return nil
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 })
}
