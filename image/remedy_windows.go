package image

import "syscall"

// full are the errors of a disk without room: [MS-ERREF] §2.2.
var full = []syscall.Errno{
	39,   // ERROR_HANDLE_DISK_FULL
	112,  // ERROR_DISK_FULL
	1295, // ERROR_DISK_QUOTA_EXCEEDED
}

// passing are the errors of shares and disks that may answer the next time: [MS-ERREF] §2.2.
var passing = []syscall.Errno{
	21,   // ERROR_NOT_READY
	32,   // ERROR_SHARING_VIOLATION
	33,   // ERROR_LOCK_VIOLATION
	51,   // ERROR_REM_NOT_LIST
	53,   // ERROR_BAD_NETPATH
	54,   // ERROR_NETWORK_BUSY
	55,   // ERROR_DEV_NOT_EXIST
	58,   // ERROR_BAD_NET_RESP
	59,   // ERROR_UNEXP_NET_ERR
	64,   // ERROR_NETNAME_DELETED
	71,   // ERROR_REQ_NOT_ACCEP
	121,  // ERROR_SEM_TIMEOUT
	1117, // ERROR_IO_DEVICE
	1225, // ERROR_CONNECTION_REFUSED
	1231, // ERROR_NETWORK_UNREACHABLE
	1232, // ERROR_HOST_UNREACHABLE
	1236, // ERROR_CONNECTION_ABORTED
	1450, // ERROR_NO_SYSTEM_RESOURCES
	1460, // ERROR_TIMEOUT
}
