package cache

import "golang.org/x/sys/windows"

// diskFull is the error of a disk without room.
const diskFull = windows.ERROR_DISK_FULL
