package executor_test

const passingNumber = 64 // ERROR_NETNAME_DELETED
