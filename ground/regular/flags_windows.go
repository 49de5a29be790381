package regular

import "syscall"

// NonBlock is the flag of [os.OpenFile] for opening without waiting.
const NonBlock = 0

// noFollow opens a link itself, not its target (CreateFileW, "FILE_FLAG_OPEN_REPARSE_POINT").
const noFollow = syscall.FILE_FLAG_OPEN_REPARSE_POINT
