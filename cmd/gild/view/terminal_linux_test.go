package view

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// terminal opens a pseudo-terminal of that many columns.
func terminal(t *testing.T, columns uint16) *os.File {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if err := unix.IoctlSetWinsize(int(f.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns}); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestTerminal(t *testing.T) {
	tty := terminal(t, 100)
	s := NewScreen(Streams{In: tty, Out: tty, Err: tty}, false)
	if !s.out.color || !s.err.color || s.err.width != 100 {
		t.Errorf("on a terminal of 100 columns: colours %t and %t, %d columns", s.out.color, s.err.color, s.err.width)
	}
	if s := NewScreen(Streams{Out: tty, Err: tty}, true); s.out.color || s.err.color {
		t.Error("colours although they are not wanted")
	}
	if !(Streams{In: tty}).Interactive() {
		t.Error("nobody can answer on a terminal")
	}
	pipe, _, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	if (Streams{In: pipe}).Interactive() {
		t.Error("somebody can answer on a pipe")
	}
	if s := NewScreen(Streams{Out: pipe, Err: tty}, false); s.out.color || !s.err.color {
		t.Error("colours are not decided for each stream")
	}
}
