package regular

import "syscall"

// NonBlock is the flag of [os.OpenFile] with which nothing is waited for.
const NonBlock = 0

// noFollow has a link be opened itself and not what it leads to (CreateFileW,
// "FILE_FLAG_OPEN_REPARSE_POINT").
const noFollow = syscall.FILE_FLAG_OPEN_REPARSE_POINT
