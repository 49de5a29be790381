package regular

import "syscall"

// NonBlock is the flag of [os.OpenFile] with which nothing is waited for.
const NonBlock = 0

// NoFollow is the flag of [os.OpenFile] with which a link is opened itself and not what
// it leads to (CreateFileW, "FILE_FLAG_OPEN_REPARSE_POINT"). [Check] refuses it then.
const NoFollow = syscall.FILE_FLAG_OPEN_REPARSE_POINT
