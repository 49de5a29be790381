// Package hive reads, edits and writes Windows registry hives, the "regf"
// files that hold the registry offline (Windows\System32\config\SOFTWARE,
// NTUSER.DAT, BCD, …).
//
// [Parse] and [Open] give a tree of [Key] nodes over the file's bytes. Nodes
// are decoded when first asked for, so that opening a hive costs nothing and
// one lookup costs only the keys on its path. Editing changes the tree alone;
// [Hive.Bytes] writes a fresh, compact hive of the whole tree. What it writes
// depends on the tree and the options, never on the history of edits. (The order
// of a key's values belongs to the tree; subkeys are always sorted.)
//
// # Damage and dirt
//
// A hive that was not flushed in full is dirty; [Open] replays its transaction
// logs. Without usable logs reading goes on, [Hive.Dirty] says why the hive is
// dirty, and writing fails with [ErrDirty].
//
// Damage is found where it is met: a call that can't give all of its answer
// returns what it has and a [*Fault], which is an [ErrCorrupt]. [Hive.Warnings]
// lists the faults found so far and [Hive.Check] reads everything to find all.
// A damaged hive is written only on request, as what can't be read is lost.
//
// # Transaction logs of a rewritten hive
//
// A hive written by this package is clean, and Windows ignores the logs of a
// clean hive. They are best removed nevertheless: should a later write to the
// hive be interrupted, old logs must not be taken for its logs. [LogNames]
// gives their names.
//
// # Names
//
// Names are compared without regard to case as Windows does it, by simple
// upper-casing of UTF-16 code units. A name or string that is not valid UTF-16
// keeps its unpaired surrogates in their generalized UTF-8 form (WTF-8), so
// that nothing is lost between reading and writing.
//
// A Hive and its keys must not be used by several goroutines at once, not even
// for reading, as reading decodes nodes. After [Hive.Check], which decodes all,
// they may be read by several.
//
// Sources: M. Suhanov, "Windows registry file format specification" (regf);
// [MS-RRP] for value types.
package hive
