package hive

import (
	"bytes"
	"strings"
	"testing"
)

// TestReplay recovers dirty hives of Windows by their logs. Where Windows'
// own recovery is there, the trees are the same.
func TestReplay(t *testing.T) {
	files := edgeCases(t)
	files["ntuser"] = realHive(t, "transactions_NTUSER.DAT")
	files["ntuser.LOG1"] = realHive(t, "transactions_ntuser.dat.log1")
	files["ntuser.LOG2"] = realHive(t, "transactions_ntuser.dat.log2")
	for _, test := range []struct {
		name, hive, want string
		sequence         uint32 // 0: not recoverable
	}{
		{"two new logs", "NewDirtyHive1/NewDirtyHive", "NewDirtyHive1/RecoveredHive_Windows10", 5},
		{"second new log alone", "NewDirtyHive2/NewDirtyHive", "", 5},
		{"new log after an applied one", "ntuser", "", 588},
		{"old log", "OldDirtyHive/OldDirtyHive", "OldDirtyHive/RecoveredHive_Windows7", 5},
		{"old log with a bad base block", "BadBaseBlockHive/BadBaseBlockHive", "OldDirtyHive/RecoveredHive_Windows7", 5},
		{"old log that is damaged", "BadLogHive2/BadLogHive", "", 0},
		{"new logs with bad base blocks", "BadLogHive3/BadLogHive", "", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			data := bytes.Clone(files[test.hive])
			h := must(Open(data, files[test.hive+".LOG1"], files[test.hive+".LOG2"]))(t)
			if !bytes.Equal(data, files[test.hive]) {
				t.Error("opening changed the bytes it was given")
			}
			if test.sequence == 0 {
				if h.Dirty() == "" || h.Recovered() {
					t.Error("hive counts as recovered")
				}
				return
			}
			if h.Dirty() != "" || !h.Recovered() || h.Sequence() != test.sequence || len(h.Check()) > 0 {
				t.Errorf("dirt %q, sequence %d, faults %v", h.Dirty(), h.Sequence(), h.Warnings())
			}
			if test.want != "" {
				sameTree(t, mustParse(t, files[test.want]).Root(), h.Root())
			}
			verify(t, mustWrite(t, h, WriteOptions{}))
		})
	}
}

func TestOpenWithoutLogs(t *testing.T) {
	data := edgeCases(t)["NewDirtyHive1/NewDirtyHive"]
	for _, logs := range [][][]byte{nil, {nil, {}}, {[]byte("regf"), make([]byte, 4096)}, {data}} {
		h := must(Open(data, logs...))(t)
		if h.Dirty() == "" {
			t.Errorf("hive is clean after %d useless logs", len(logs))
		}
		if _, err := h.Bytes(WriteOptions{}); !isDirty(err) {
			t.Errorf("writing: %v", err)
		}
		mustWrite(t, h, WriteOptions{AllowDirty: true})
	}
}

// TestReplayOnlyDirty: the logs of a clean hive are not looked at.
func TestReplayOnlyDirty(t *testing.T) {
	files := edgeCases(t)
	data := bytes.Clone(files["NewDirtyHive1/NewDirtyHive"])
	settle(data, 3, baseBlock(data).field(baseBinsSize))
	h := must(Open(data, files["NewDirtyHive1/NewDirtyHive.LOG1"], files["NewDirtyHive1/NewDirtyHive.LOG2"]))(t)
	if h.Recovered() {
		t.Error("logs of a clean hive were replayed")
	}
}

// newLog makes a log of the new format that turns one hive file into another
// of the same size, page by page, one entry for each.
func newLog(from, to []byte, sequence uint32) []byte {
	base := baseBlock(bytes.Clone(to[:baseSector]))
	base.setField(baseType, typeLogNew)
	base.setField(basePrimary, sequence)
	base.setField(baseSecondary, sequence)
	base.seal()
	log := []byte(base)
	for at := baseSize; at < len(to); at += pageSize {
		if at < len(from) && bytes.Equal(from[at:at+pageSize], to[at:at+pageSize]) {
			continue
		}
		entry := make([]byte, (entryHeader+8+pageSize+baseSector-1)/baseSector*baseSector)
		copy(entry, "HvLE")
		for offset, v := range map[int]uint32{
			entrySize: uint32(len(entry)), entrySequence: sequence, entryBins: uint32(len(to) - baseSize),
			entryPages: 1, entryHeader: uint32(at - baseSize), entryHeader + 4: pageSize,
		} {
			le.PutUint32(entry[offset:], v)
		}
		copy(entry[entryHeader+8:], to[at:at+pageSize])
		le.PutUint64(entry[entryHash1:], marvin32(entry[entryHeader:]))
		le.PutUint64(entry[entryHash2:], marvin32(entry[:entryHash2]))
		log = append(log, entry...)
		sequence++
	}
	return log
}

// dirtyPair returns a dirty hive and the log that completes it, which makes it
// grow by several entries.
func dirtyPair(t testing.TB) (data, log []byte) {
	h := New(NewOptions{})
	data = mustWrite(t, h, WriteOptions{Sequence: 9})
	for i := range 20 {
		k := must(h.Root().CreateSubkey(string(rune('a'+i)), 1))(t)
		if err := k.Set("v", RegBinary, bytes.Repeat([]byte{byte(i)}, 700), 1); err != nil {
			t.Fatal(err)
		}
	}
	log = newLog(data, mustWrite(t, h, WriteOptions{Sequence: 20}), 9)
	base := baseBlock(data)
	base.setField(basePrimary, 10)
	base.seal()
	return data, log
}

func TestReplayGrows(t *testing.T) {
	data, log := dirtyPair(t)
	h := must(Open(data, log))(t)
	if subkeys := must(h.Root().Subkeys())(t); len(subkeys) != 20 || len(h.Check()) > 0 || h.Sequence() < 12 {
		t.Errorf("%d subkeys, faults %v, sequence %d", len(subkeys), h.Warnings(), h.Sequence())
	}
}

// TestReplayStops: what comes after an entry that is not as it was written is
// not applied, nor is an entry out of sequence.
func TestReplayStops(t *testing.T) {
	data, log := dirtyPair(t)
	entry := int(le.Uint32(log[baseSector+entrySize:]))
	for name, at := range map[string]int{
		"header": entryFlags, "page": entry - 600, "hash": entryHash2, "sequence": entrySequence, "bins": entryBins, "size": entrySize,
	} {
		first := bytes.Clone(log)
		first[baseSector+at] ^= 1
		if h := must(Open(data, first))(t); h.Recovered() {
			t.Errorf("%s: first entry was applied", name)
		}
		second := bytes.Clone(log)
		second[baseSector+entry+at] ^= 1
		r := replay{data: bytes.Clone(data), limit: MaxSize}
		r.log(second, 9)
		if r.last != 9 {
			t.Errorf("%s: replay went on to %d", name, r.last)
		}
	}
}

// TestReplayTellsGaps: where entries are missing the hive is not clean, whether those
// behind them are applied, as there is nothing before them, or not.
func TestReplayTellsGaps(t *testing.T) {
	data, log := dirtyPair(t)
	entry := int(le.Uint32(log[baseSector+entrySize:]))
	// from cuts a log so that it begins with the entry of that number.
	from := func(n int) []byte {
		base := baseBlock(bytes.Clone(log[:baseSector]))
		base.setField(basePrimary, uint32(9+n))
		base.setField(baseSecondary, uint32(9+n))
		base.seal()
		return append(base, log[baseSector+n*entry:]...)
	}
	upTo := func(n int) []byte { return bytes.Clone(log[:baseSector+n*entry]) }
	torn := func(log []byte, n int) []byte {
		log[baseSector+n*entry+entryHeader+100] ^= 1
		return log
	}
	older := func(log []byte) []byte {
		base := baseBlock(log)
		base.setField(basePrimary, 7)
		base.setField(baseSecondary, 7)
		base.seal()
		return log
	}
	noHead := func(log []byte) []byte { log[baseChecksum] ^= 1; return log }
	for name, test := range map[string]struct {
		first, second []byte
		sequence      uint32
		gap           string
	}{
		"whole":                        {upTo(2), from(2), 13, ""},
		"last entry torn":              {upTo(2), torn(from(2), 0), 10, ""},
		"older log":                    {older(upTo(2)), upTo(4), 12, ""},
		"first log torn at its start":  {torn(upTo(2), 0), from(2), 13, "entries 9 to 10 of its transaction logs can't be read, and those from 11"},
		"first log torn later":         {torn(upTo(2), 1), from(2), 9, "entries 10 to 10 of its transaction logs can't be read, and those from 11 on were not"},
		"first log without its header": {noHead(upTo(2)), from(2), 13, "entries 9 to 10"},
		"first log lost":               {nil, from(2), 13, "entries 9 to 10"},
	} {
		for _, logs := range [][][]byte{{test.first, test.second}, {test.second, test.first}} {
			h := must(Open(data, logs...))(t)
			if !h.Recovered() || h.Sequence() != max(test.sequence, 10) || (h.Dirty() == "") != (test.gap == "") || !strings.Contains(h.Dirty(), test.gap) {
				t.Errorf("%s: recovered %v to %d, dirt %q", name, h.Recovered(), h.Sequence(), h.Dirty())
			}
			if _, err := h.Bytes(WriteOptions{AllowDamaged: true}); isDirty(err) != (test.gap != "") {
				t.Errorf("%s: writing: %v", name, err)
			}
		}
	}
}

func TestMarvin32(t *testing.T) {
	// The hashes of the first entry of a log that Windows wrote.
	log := edgeCases(t)["NewDirtyHive1/NewDirtyHive.LOG1"][baseSector:]
	if got, want := marvin32(log[:entryHash2]), uint64(0xcd44f3cfa7657f02); got != want {
		t.Errorf("hash is %#x instead of %#x", got, want)
	}
	seen := map[uint64]bool{}
	for n := range 9 {
		seen[marvin32(make([]byte, n))] = true
	}
	if len(seen) != 9 {
		t.Error("length does not change the hash")
	}
}
