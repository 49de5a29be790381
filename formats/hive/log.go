package hive

import (
	"bytes"
	"fmt"
	"slices"
)

// Open reads a hive like [Parse] and, if it is dirty, replays its transaction
// logs first: the contents of .LOG1 and .LOG2, or of .LOG, in that order; empty
// ones are passed over. Replay ends, as in Windows, with the last entry that was
// written in full. Without a usable log the hive stays dirty, and so it does where
// entries are missing among those of the logs. Neither data nor the logs are changed.
func Open(data []byte, logs ...[]byte) (*Hive, error) {
	recovered, gap := recoverHive(data, logs)
	if recovered == nil {
		h, err := Parse(data)
		if err == nil && h.dirt != "" {
			h.dirt += ", and its transaction logs are missing or do not fit"
		}
		return h, err
	}
	h, err := Parse(recovered)
	if err != nil {
		return nil, err
	}
	h.recovered, h.dirt = true, gap
	return h, nil
}

// Recovered reports whether [Open] replayed logs.
func (h *Hive) Recovered() bool { return h.recovered }

// recoverHive returns a copy of a dirty hive with the logs replayed, or nil if
// it is not dirty or no log is usable, and what is missing of the logs, if anything.
func recoverHive(data []byte, logs [][]byte) (recovered []byte, gap string) {
	if len(data) < baseSize+binHeader {
		return nil, ""
	}
	base := baseBlock(data)
	valid := hasSignature(data) && base.sealed()
	if valid && base.settled() {
		return nil, ""
	}
	var old, modern [][]byte
	for _, log := range logs {
		switch logType(log) {
		case typeLog, typeLogOld:
			old = append(old, log)
		case typeLogNew:
			modern = append(modern, log)
		}
	}
	if len(modern) > 0 {
		return replayEntries(data, valid, modern)
	}
	return replayVector(data, valid, old), ""
}

// logType returns the file type of a valid transaction log, 0 for what is none.
func logType(log []byte) uint32 {
	if base := baseBlock(log); hasSignature(log) && base.sealed() && base.settled() {
		return base.field(baseType)
	}
	return 0
}

// repair returns a copy of the hive that has the base block of the log.
func repair(data, log []byte) []byte {
	data = bytes.Clone(data)
	copy(data, log[:baseSector])
	baseBlock(data).setField(baseType, typePrimary)
	return data
}

// settle marks a recovered hive as clean.
func settle(data []byte, sequence, size uint32) {
	base := baseBlock(data)
	base.setField(basePrimary, sequence)
	base.setField(baseSecondary, sequence)
	base.setField(baseBinsSize, size)
	base.seal()
}

// bySequence orders logs by the sequence number they begin with.
func bySequence(a, b []byte) int {
	x, y := baseBlock(a).sequence(), baseBlock(b).sequence()
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// replayEntries replays logs of the new format (regf "New format"): entries of
// successive sequence numbers, over both logs, the earlier one first. When the
// base block is invalid it comes from the log with the latest entries, which is
// then the only one used. Entries that no log has, before or between those of the
// logs, are a gap.
func replayEntries(data []byte, valid bool, logs [][]byte) (recovered []byte, gap string) {
	logs = slices.Clone(logs)
	slices.SortStableFunc(logs, bySequence)
	var oldest uint32 // the first entry, older ones are in the hive
	if valid {
		data = bytes.Clone(data)
		oldest = baseBlock(data).field(baseSecondary)
	} else {
		logs = logs[len(logs)-1:]
		data = repair(data, logs[0])
	}
	r := replay{data: data, size: baseBlock(data).field(baseBinsSize), limit: growthLimit(data, logs)}
	for _, log := range logs {
		next := baseBlock(log).field(basePrimary)
		switch {
		case next < oldest || r.applied && next <= r.last:
			continue
		case r.applied && next != r.last+1:
			return r.recovered(), fmt.Sprintf("entries %d to %d of its transaction logs can't be read, and those from %d on were not applied for want of them", r.last+1, next-1, next)
		}
		first := !r.applied
		r.log(log, next)
		if first && r.applied && valid && next != oldest {
			gap = fmt.Sprintf("entries %d to %d of its transaction logs can't be read, and those from %d on were applied without them", oldest, next-1, next)
		}
	}
	return r.recovered(), gap
}

// recovered returns the hive after the last entry, nil if there was none.
func (r *replay) recovered() []byte {
	if !r.applied {
		return nil
	}
	settle(r.data, max(r.last, baseBlock(r.data).sequence()), r.size)
	return r.data
}

// growthLimit bounds what a hive can grow to by its logs, generously: what is
// new to a hive is in the log.
func growthLimit(data []byte, logs [][]byte) int {
	limit := len(data) + 16<<20
	for _, log := range logs {
		limit += len(log)
	}
	return min(limit, MaxSize)
}

// A replay is the state of a hive while log entries are applied to it.
type replay struct {
	data    []byte // base block and hive bins
	size    uint32 // of the hive bins
	limit   int    // for size
	last    uint32 // sequence number of the last entry applied
	applied bool
}

// log applies the entries of a log as long as they are valid and follow each
// other.
func (r *replay) log(log []byte, next uint32) {
	for at := baseSector; ; next++ {
		n := r.entry(log[at:], next)
		if n == 0 {
			return
		}
		at += n
		r.last, r.applied = next, true
	}
}

// Layout of a log entry (regf "Log entries").
const (
	entrySize     = 4
	entryFlags    = 8
	entrySequence = 12
	entryBins     = 16
	entryPages    = 20
	entryHash1    = 24
	entryHash2    = 32
	entryHeader   = 40
)

// entry applies the log entry at the beginning of b if it is the valid one of
// that sequence number, and returns its length, otherwise 0.
func (r *replay) entry(b []byte, sequence uint32) int {
	if len(b) < entryHeader || string(b[:4]) != "HvLE" || le.Uint32(b[entrySequence:]) != sequence {
		return 0
	}
	size, bins := le.Uint32(b[entrySize:]), le.Uint32(b[entryBins:])
	if size < entryHeader || size%baseSector != 0 || uint64(size) > uint64(len(b)) ||
		bins == 0 || bins%pageSize != 0 || uint64(bins) > uint64(r.limit) {
		return 0
	}
	b = b[:size]
	if marvin32(b[:entryHash2]) != le.Uint64(b[entryHash2:]) || marvin32(b[entryHeader:]) != le.Uint64(b[entryHash1:]) {
		return 0
	}
	if !entryFits(b, bins) {
		return 0
	}
	r.apply(b, bins)
	return int(size)
}

// entryFits reports whether the pages of an entry are in it and in the hive.
func entryFits(b []byte, bins uint32) bool {
	count := uint64(le.Uint32(b[entryPages:]))
	at := entryHeader + 8*count
	if at > uint64(len(b)) {
		return false
	}
	for i := range count {
		offset, n := pageReference(b, int(i))
		at += uint64(n)
		if uint64(offset)+uint64(n) > uint64(bins) || at > uint64(len(b)) {
			return false
		}
	}
	return true
}

func pageReference(b []byte, i int) (offset, n uint32) {
	return le.Uint32(b[entryHeader+8*i:]), le.Uint32(b[entryHeader+8*i+4:])
}

// apply copies the pages of an entry that fits into the hive.
func (r *replay) apply(b []byte, bins uint32) {
	if grow := baseSize + int(bins) - len(r.data); grow > 0 {
		r.data = append(r.data, make([]byte, grow)...)
	}
	r.size = bins
	base := baseBlock(r.data)
	base.setField(baseFlags, base.field(baseFlags)&^1|le.Uint32(b[entryFlags:])&1)
	count := int(le.Uint32(b[entryPages:]))
	pages := b[entryHeader+8*count:]
	for i := range count {
		offset, n := pageReference(b, i)
		copy(r.data[baseSize+int(offset):], pages[:n])
		pages = pages[n:]
	}
}
