package bootjob

// passing returns exit codes of transient failures, which a job passes on from the
// programs it calls: names from WinError.h and CbsApi.h, and "Windows Update error
// codes by component", "Windows Update common errors and mitigation". HRESULTs wrap
// Win32 errors ([MS-ERREF] §2.1.2), and programs end with either.
func passing() []int {
	var list []int
	for _, code := range []uint32{
		32, 33, // ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION
		1460,       // ERROR_TIMEOUT
		1618,       // ERROR_INSTALL_ALREADY_RUNNING
		1722, 1726, // RPC_S_SERVER_UNAVAILABLE, RPC_S_CALL_FAILED
		0x80070020, 0x80070021, 0x800705b4, 0x80070652, 0x800706ba, 0x800706be, // the same as HRESULTs
		0x80072ee2, 0x80072ee7, 0x80072efd, 0x80072efe, // WININET_E_TIMEOUT, _NAME_NOT_RESOLVED, _CANNOT_CONNECT, _CONNECTION_ABORTED
		0x80072f8f,             // WININET_E_DECODING_FAILED, as long as the clock is wrong
		0x80073d02,             // ERROR_PACKAGES_IN_USE
		0x800f0821, 0x800f0823, // CBS_E_ABORT, CBS_E_NEW_SERVICING_STACK_REQUIRED: a new process may have the new stack
		0x800f0902,                         // CBS_E_BUSY
		0x800f0906, 0x800f0908, 0x800f0950, // CBS_E_DOWNLOAD_FAILURE, CBS_E_METERED_NETWORK, a capability that could not be downloaded
		0x80240016, 0x8024001e, // WU_E_INSTALL_NOT_ALLOWED: another one is at work, WU_E_SERVICE_STOP
		0x80240438,                         // WU_E_PT_ENDPOINT_UNREACHABLE
		0x8024401c, 0x80244022, 0x8024402c, // WU_E_PT_HTTP_STATUS_REQUEST_TIMEOUT, _SERVICE_UNAVAIL, WU_E_PT_WINHTTP_NAME_NOT_RESOLVED
		0x80246008, // WU_E_DM_FAILTOCONNECTTOBITS
	} {
		list = append(list, int(int32(code)))
	}
	return list
}
