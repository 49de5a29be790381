package hive

import "github.com/gildhq/gild/formats/nt"

// replayVector replays a log of the old format (regf "Old format"): the one
// that belongs to the hive by its time, and of two the one written last. When
// the base block is invalid, the time of the first bin counts as well. A log that
// is cut off, or that would put an invalid hive bin into the hive, is not used.
func replayVector(data []byte, valid bool, logs [][]byte) []byte {
	written := baseBlock(data).written()
	spare := written
	if !valid {
		spare = nt.Time(le.Uint64(data[baseSize+20:])) // the first bin repeats it
	}
	var log []byte
	for _, l := range logs {
		t := baseBlock(l).written()
		if (t == written || t == spare) && (log == nil || bySequence(log, l) < 0) {
			log = l
		}
	}
	if log == nil {
		return nil
	}
	size := baseBlock(log).field(baseBinsSize)
	bitmap, pages := dirtyVector(log, size)
	if bitmap == nil || int(size) > growthLimit(data, [][]byte{log}) {
		return nil
	}
	data = repair(data, log)
	if grow := baseSize + int(size) - len(data); grow > 0 {
		data = append(data, make([]byte, grow)...)
	}
	for page := range int(size) / baseSector {
		if bitmap[page/8]>>(page%8)&1 == 0 {
			continue
		}
		if len(pages) < baseSector {
			return nil
		}
		copy(data[baseSize+page*baseSector:], pages[:baseSector])
		pages = pages[baseSector:]
	}
	if !binsValid(data[baseSize:baseSize+int(size)], bitmap) {
		return nil
	}
	settle(data, baseBlock(log).sequence(), size)
	return data
}

// dirtyVector returns the bitmap of an old log, a bit for every 512 bytes of
// size, and the pages after it.
func dirtyVector(log []byte, size uint32) (bitmap, pages []byte) {
	sector := int(baseBlock(log).field(baseCluster)) * baseSector
	if sector < baseSector || sector > pageSize || size == 0 || size%pageSize != 0 || size > MaxSize {
		return nil, nil
	}
	length := int(size) / baseSector / 8
	start := (sector + 4 + length + sector - 1) / sector * sector
	if start > len(log) || string(log[sector:sector+4]) != "DIRT" {
		return nil, nil
	}
	return log[sector+4 : sector+4+length], log[start:]
}

// binsValid checks the headers of the bins that begin in dirty pages.
func binsValid(data, bitmap []byte) bool {
	for at := 0; at < len(data); {
		size := binSize(data, at)
		if size == 0 {
			if bitmap[at/baseSector/8]>>(at/baseSector%8)&1 != 0 {
				return false
			}
			size = pageSize // was damaged before; reading reports it
		}
		at += size
	}
	return true
}
