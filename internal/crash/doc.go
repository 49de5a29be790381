// Package crash runs a program and cuts it at a system call that changes what is
// on a disk: before the call, in the middle of it, or after it; or lets the call
// fail; or sends the program a signal. It follows threads and child processes, so
// the program can be any.
//
// It can also record what a program writes, and tell what a disk may hold after a
// loss of power at any moment of the run: see [Log].
//
// It is a debugger: it needs the right to trace ([ptrace(2)]), and counts calls in
// the order in which it sees them. Programs are run on Linux on amd64.
package crash
