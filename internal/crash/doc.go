// Package crash runs a program and cuts it at a system call that changes what is
// on a disk: before the call, in the middle of it, or after it; or lets the call
// fail. It follows threads and child processes, so the program can be any.
//
// It is a debugger: it needs the right to trace ([ptrace(2)]), and counts calls in
// the order in which it sees them.
// It works on Linux on amd64.
package crash
