package firstboot

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gildhq/gild/image"
)

const eol = "\r\n"

// driver returns the batch file that runs the actions.
func driver(list []image.Action) []byte {
	var calls strings.Builder
	last, users := payloadUsers(list)
	pending := false // an earlier action may have asked for a restart
	for i, a := range list {
		if a.Title != "" {
			calls.WriteString("rem " + image.Remark(a.Title) + "\n")
		}
		if pending && !a.Beside {
			calls.WriteString("if defined GILD_PENDING goto :restart\n")
		}
		pending = pending || a.Confirm
		calls.WriteString(call(a) + "\nif errorlevel 3 goto :waiting\nif errorlevel 2 goto :restart\nif errorlevel 1 goto :stopped\n")
		for _, id := range last[i] {
			fmt.Fprintf(&calls, "call :drop %s \"%s\"\n", id, strings.Join(users[id], " "))
		}
	}
	if pending {
		calls.WriteString("if defined GILD_PENDING goto :restart\n")
	}
	drop := dropText
	if len(users) == 0 {
		drop = ""
	}
	text := strings.NewReplacer("@ACTIONS@\n", calls.String(), "@DROP@", drop).Replace(driverText)
	return []byte(strings.ReplaceAll(text, "\n", eol))
}

// payloadUsers returns, for each action, the payloads that no later action needs, and
// for each payload the actions that need it. A payload with too many actions for one
// line stays until the end.
func payloadUsers(list []image.Action) (last [][]string, users map[string][]string) {
	last, users = make([][]string, len(list)), map[string][]string{}
	at := map[string]int{}
	for i, a := range list {
		for _, p := range a.Payloads {
			id := p.ID()
			if n := len(users[id]); n == 0 || users[id][n-1] != a.ID {
				users[id] = append(users[id], a.ID)
			}
			at[id] = i
		}
	}
	for _, id := range slices.Sorted(maps.Keys(at)) {
		if len(users[id]) <= 64 {
			last[at[id]] = append(last[at[id]], id)
		}
	}
	return last, users
}

// call is the line of the driver that runs an action.
func call(a image.Action) string {
	env, after := "-", "stay"
	if len(a.Environment) > 0 {
		env = environmentName(a)
	}
	switch {
	case a.Confirm && a.Restart:
		after = "confirm-now"
	case a.Confirm:
		after = "confirm"
	case a.Restart:
		after = "restart"
	}
	when := a.When
	if when == image.AtOnce {
		when = "now"
	}
	return fmt.Sprintf(`call :action %s %s %s %s %s "%s" "%s" %s %d`, a.ID, scriptName(a), env, onError(a), after,
		codes(okCodes(a)), codes(a.Passing), when, a.Limit)
}

func codes(list []int) string { return strings.Trim(fmt.Sprint(list), "[]") }

// driverText is the driver without the lines that run the actions. It uses only
// programs that every Windows has, and is ASCII, so no code page matters.
//
//   - The work may be cut off at any moment. Each action's state is in the registry; an
//     action that was cut off runs again, one that is done does not.
//   - The image may have been captured from a machine with results: the file "started"
//     shows whether the results are those of this deployment.
//   - A program that Setup calls must neither restart the machine nor let Setup wait. So
//     the task makes the restart when Setup has ended, and runs the actions that wait.
//     The driver first asks an action that waits whether there is anything to do.
//   - A restart would cut off first log-on commands and enrolment, so the driver waits for
//     them, but not forever: neither shows reliably that it has ended. Windows keeps the
//     commands in RunOnce, as Unattend0000000001{…}, and removes each before it runs it.
//     The page of enrolment has HasProvisioningCompleted, which is 0 as long as it shows
//     ("Enrollment StatusTracking CSP").
//   - A transient failure is retried: five times, with growing pauses, and at the next
//     four starts.
//   - A program that an action leaves running keeps the action's files open: so each
//     action has a log of its own, and the restart after the end of Setup does not need
//     the lock.
//   - An action may say that only a restart completes it. Then it is pending, and runs
//     again after the restart. An action that says so again and again, or during which
//     the machine restarts again and again, has failed.
//   - System32 is the current folder, where cmd.exe looks first for programs.
//   - %=ExitCode% is the hexadecimal exit code of the last program.
const driverText = `@echo off
rem What this machine does at its first boot. gild made this file from queue.json.
rem
rem   first-boot.cmd setup     Windows Setup calls it so at its end, by SetupComplete.cmd
rem   first-boot.cmd startup   the scheduled task calls it so at every start until all is done
rem   first-boot.cmd           by hand, as administrator: to go on after a failure

setlocal EnableExtensions DisableDelayedExpansion
set "GILD_MODE=%~1"
if not defined GILD_MODE set "GILD_MODE=hand"
set "GILD_DIR=%~dp0"
set "GILD_DIR=%GILD_DIR:~0,-1%"
set "GILD_LOGS=%SystemRoot%\Logs\gild"
set "GILD_LOG=%GILD_LOGS%\first-boot.log"
set "GILD_KEY=HKLM\SOFTWARE\gild\FirstBoot"
set "GILD_TASK=gild first boot"
set "GILD_LEAVE="
set "GILD_RAN="
set "GILD_CLEAN="
set "GILD_PENDING="
set "GILD_AGAIN="
cd /d "%SystemRoot%\System32"
if not exist "%GILD_LOGS%" mkdir "%GILD_LOGS%"

if /i "%GILD_MODE%"=="startup" call :wait
if defined GILD_LEAVE exit /b 0

rem One at a time: the file is free again when this process ends, however it ends.
:lock
call :main 9>"%GILD_LOGS%\first-boot.lock"
if defined GILD_RAN goto :ended
if /i not "%GILD_MODE%"=="startup" goto :busy
ping -n 6 127.0.0.1 >nul
goto :lock
:busy
call :log another run is at work, nothing done
exit /b 1
:ended
if not defined GILD_CLEAN exit /b
(goto) 2>nul & rd /s /q "%GILD_DIR%"

:main
set "GILD_RAN=yes"
call :log begin: %GILD_MODE%
if not exist "%GILD_DIR%\started" reg delete "%GILD_KEY%" /f >nul 2>&1
>"%GILD_DIR%\started" echo started
icacls "%GILD_DIR%" /inheritance:r /grant:r "*S-1-5-18:(OI)(CI)F" "*S-1-5-32-544:(OI)(CI)F" >nul
if /i "%GILD_MODE%"=="startup" goto :actions
schtasks /create /tn "%GILD_TASK%" /xml "%GILD_DIR%\task.xml" /f >>"%GILD_LOG%" 2>&1
if errorlevel 1 call :log the task could not be made: nothing goes on by itself after a restart

:actions
reg add "%GILD_KEY%" /v State /d running /f >nul
@ACTIONS@
call :log all done
reg add "%GILD_KEY%" /v State /d finished /f >nul
schtasks /delete /tn "%GILD_TASK%" /f >nul 2>&1
set "GILD_CLEAN=yes"
exit /b 0

:stopped
if defined GILD_AGAIN goto :tomorrow
call :log stopped, what comes after it was not run; to go on, run "%GILD_DIR%\first-boot.cmd" as administrator
reg add "%GILD_KEY%" /v State /d stopped /f >nul
schtasks /delete /tn "%GILD_TASK%" /f >nul 2>&1
exit /b 1

:tomorrow
call :log stopped, what comes after it was not run; goes on at the next start, or if you run "%GILD_DIR%\first-boot.cmd" as administrator
reg add "%GILD_KEY%" /v State /d waiting /f >nul
exit /b 1

:waiting
call :log goes on when Windows Setup has ended
reg add "%GILD_KEY%" /v State /d waiting /f >nul
goto :task

:restart
reg add "%GILD_KEY%" /v State /d restarting /f >nul
if /i "%GILD_MODE%"=="setup" goto :later
if /i "%GILD_MODE%"=="startup" call :settle
call :shutdown
exit /b 0

:shutdown
call :log restart
shutdown /r /t 15 /d p:4:1 /c "The setup of this computer goes on after a restart." >>"%GILD_LOG%" 2>&1
exit /b 0

:later
call :log restart when Windows Setup has ended
reg add "%GILD_KEY%" /v Restart /d pending /f >nul
:task
schtasks /run /tn "%GILD_TASK%" >>"%GILD_LOG%" 2>&1
if errorlevel 1 call :log the task could not be started: restart the machine by hand
exit /b 0

rem Not beside Windows Setup. A restart that was asked for in Setup is made up for: then there is nothing to do but to leave.
:wait
set "GILD_SETUP="
call :underway SystemSetupInProgress
call :underway OOBEInProgress
if defined GILD_SETUP ping -n 11 127.0.0.1 >nul & goto :wait
reg query "%GILD_KEY%" /v Restart >nul 2>&1
if errorlevel 1 exit /b 0
reg delete "%GILD_KEY%" /v Restart /f >nul
set "GILD_LEAVE=yes"
call :settle
goto :shutdown

rem Value. Sets GILD_SETUP if it says that Setup, or whoever answers its questions, is at work.
:underway
reg query "HKLM\SYSTEM\Setup" /v %1 2>nul | find "0x1" >nul
if not errorlevel 1 set "GILD_SETUP=%1"
exit /b 0

rem Waits up to two hours for first log-on commands and enrolment.
:settle
set "GILD_TURN=0"
set "GILD_SAW="
:settling
set "GILD_BUSY="
reg query "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\RunOnce" 2>nul | find "nattend0" >nul
if not errorlevel 1 set "GILD_BUSY=first log-on commands"
if defined GILD_BUSY set "GILD_SAW=yes"
reg query "HKLM\SOFTWARE\Microsoft\Windows\Autopilot\EnrollmentStatusTracking" /s /v HasProvisioningCompleted 2>nul | find "0x0" >nul
if not errorlevel 1 set "GILD_BUSY=enrolment"
if not defined GILD_BUSY goto :settled
if "%GILD_TURN%"=="0" call :log waits for the end of %GILD_BUSY%
set /a GILD_TURN+=1
ping -n 61 127.0.0.1 >nul
if %GILD_TURN% LSS 120 goto :settling
call :log %GILD_BUSY% not ended after two hours
exit /b 0
:settled
if not defined GILD_SAW exit /b 0
call :log gives the last first log-on command five minutes
ping -n 301 127.0.0.1 >nul
exit /b 0

rem ID. Waits for a way out of the machine's own network.
:network
route.exe -4 print 2>nul | find " 0.0.0.0 " >nul
if not errorlevel 1 exit /b 0
route.exe -6 print 2>nul | find "::/0" >nul
if not errorlevel 1 exit /b 0
if not defined GILD_TOLD call :log %1: waits for a network
set "GILD_TOLD=yes"
reg add "%GILD_KEY%\%1" /v State /d waiting /f >nul
reg add "%GILD_KEY%" /v State /d waiting /f >nul
ping -n 61 127.0.0.1 >nul
goto :network

rem ID, script, environment, what to do after a failure, what to do after success, exit codes of success,
rem exit codes of failures that may pass, what it waits for, limit in minutes.
rem Returns 0 to go on, 1 to stop, 2 to restart, 3 to go on when Windows Setup has ended.
:action
call :state %1
if "%GILD_STATE%"=="done" exit /b 0
if "%GILD_STATE%"=="failed" if "%4"=="continue" exit /b 0
set "GILD_ROUND=0"
set "GILD_PAUSE=30"
set "GILD_TOLD="
set "GILD_ASK="
if not "%8"=="now" set "GILD_ASK=yes"
set "GILD_TRY=0"
if "%GILD_STATE%"=="failed" reg delete "%GILD_KEY%\%1" /v Tries /f >nul 2>&1
for /f "tokens=3" %%n in ('reg query "%GILD_KEY%\%1" /v Tries 2^>nul') do set /a GILD_TRY=%%n
set /a GILD_TRY+=1
call :log %1: begin
reg add "%GILD_KEY%\%1" /v State /d running /f >nul
set "GILD_AFTER=%5"
if not "%GILD_AFTER:~0,7%"=="confirm" goto :run
reg add "%GILD_KEY%\%1" /v Tries /t REG_DWORD /d %GILD_TRY% /f >nul
if %GILD_TRY% LEQ 4 goto :run
call :log %1: failed, still not complete after restarts
reg add "%GILD_KEY%\%1" /v State /d failed /f >nul
if "%4"=="stop" exit /b 1
exit /b 0
:run
set "GILD_FILE=%GILD_DIR%\actions\%2"
if exist "%GILD_DIR%\overdue" del "%GILD_DIR%\overdue"
>"%GILD_DIR%\running" echo %1
if not "%9"=="0" call :watch %1 %9
setlocal
if not "%3"=="-" call "%GILD_DIR%\actions\%3"
if /i "%~x2"==".ps1" goto :powershell
cmd.exe /d /s /c "call "%GILD_FILE%"" <nul >>"%GILD_LOGS%\first-boot-%1.log" 2>&1
goto :result
:powershell
WindowsPowerShell\v1.0\powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -File "%GILD_FILE%" <nul >>"%GILD_LOGS%\first-boot-%1.log" 2>&1
:result
endlocal & set "GILD_CODE=%errorlevel%" & set "GILD_HEX=%=ExitCode%"
>"%GILD_DIR%\running" echo -
if defined GILD_ASK if "%GILD_CODE%"=="1237" goto :until
set "GILD_MAY="
if exist "%GILD_DIR%\overdue" call :overdue %1 %9
set "GILD_STATE=failed"
for %%c in (%~6) do if "%GILD_CODE%"=="%%c" set "GILD_STATE=done"
if "%GILD_CODE%"=="3010" if "%GILD_AFTER:~0,7%"=="confirm" set "GILD_STATE=pending"
for %%c in (%~7) do if "%GILD_CODE%"=="%%c" set "GILD_MAY=yes"
reg add "%GILD_KEY%\%1" /v ExitCode /t REG_DWORD /d 0x%GILD_HEX% /f >nul
reg add "%GILD_KEY%\%1" /v Time /d "%DATE% %TIME%" /f >nul
reg add "%GILD_KEY%\%1" /v State /d %GILD_STATE% /f >nul
call :log %1: %GILD_STATE%, exit code %GILD_CODE%
if "%GILD_STATE%"=="failed" if defined GILD_MAY goto :again
if "%GILD_STATE%"=="failed" if "%4"=="stop" exit /b 1
if "%GILD_STATE%"=="done" if "%5"=="restart" exit /b 2
if not "%GILD_STATE%"=="pending" exit /b 0
set "GILD_PENDING=yes"
if "%5"=="confirm-now" exit /b 2
exit /b 0

rem Of :action: there is something to do, and it waits. Until then it is no try: a machine may start often without a network.
:until
set /a GILD_TRY-=1
reg add "%GILD_KEY%\%1" /v Tries /t REG_DWORD /d %GILD_TRY% /f >nul
if /i "%GILD_MODE%"=="setup" goto :handover
set "GILD_ASK="
if "%8"=="network" call :network %1
if "%8"=="setup" if /i "%GILD_MODE%"=="startup" call :settle
reg add "%GILD_KEY%" /v State /d running /f >nul
reg add "%GILD_KEY%\%1" /v State /d running /f >nul
set /a GILD_TRY+=1
reg add "%GILD_KEY%\%1" /v Tries /t REG_DWORD /d %GILD_TRY% /f >nul
goto :run

rem Of :action: after a failure that may pass.
:again
if /i "%GILD_MODE%"=="setup" goto :handover
set /a GILD_ROUND+=1
if %GILD_ROUND% GTR 5 goto :nexttime
set /a GILD_PAUSE*=2
call :log %1: may pass, tried again in %GILD_PAUSE% seconds
reg add "%GILD_KEY%\%1" /v State /d waiting /f >nul
reg add "%GILD_KEY%" /v State /d waiting /f >nul
ping -n %GILD_PAUSE% 127.0.0.1 >nul
reg add "%GILD_KEY%" /v State /d running /f >nul
reg add "%GILD_KEY%\%1" /v State /d running /f >nul
goto :run
:nexttime
if "%4"=="continue" exit /b 0
set "GILD_STARTS=0"
for /f "tokens=3" %%n in ('reg query "%GILD_KEY%\%1" /v Starts 2^>nul') do set /a GILD_STARTS=%%n
set /a GILD_STARTS+=1
reg add "%GILD_KEY%\%1" /v Starts /t REG_DWORD /d %GILD_STARTS% /f >nul
if %GILD_STARTS% LSS 5 set "GILD_AGAIN=yes"
exit /b 1

rem Of :action: Windows Setup is not kept waiting.
:handover
call :log %1: waits until Windows Setup has ended
reg add "%GILD_KEY%\%1" /v State /d waiting /f >nul
exit /b 3

rem ID, minutes. Has it ended when its limit has passed.
:watch
if not exist WindowsPowerShell\v1.0\powershell.exe call :log %1: has no limit, as Windows PowerShell is not there & exit /b 0
setlocal
set "GILD_WATCH=%1"
set "GILD_MINUTES=%2"
start "" /b WindowsPowerShell\v1.0\powershell.exe -NoProfile -NonInteractive -Command "Get-Content -Raw -LiteralPath ($env:GILD_DIR + '\limit.ps1') | Invoke-Expression" <nul >nul 2>&1
exit /b 0

rem ID, minutes. It was ended when its limit had passed: then the next start is the time to try it again.
:overdue
call :log %1: ended after %2 minutes
set "GILD_CODE=1460"
set "GILD_HEX=000005B4"
set "GILD_MAY=yes"
set "GILD_ROUND=5"
exit /b 0

rem ID. Sets GILD_STATE to what is recorded of it.
:state
set "GILD_STATE="
for /f "tokens=3" %%s in ('reg query "%GILD_KEY%\%1" /v State 2^>nul') do set "GILD_STATE=%%s"
exit /b 0
@DROP@
:log
echo %*
>>"%GILD_LOG%" echo %DATE% %TIME% %*
exit /b 0
`

// dropText removes a payload on the machine.
const dropText = `
rem Payload, IDs of all actions that need it. Removes it when all of them are done.
:drop
if not exist "%GILD_DIR%\payload\%1" exit /b 0
for %%i in (%~2) do call :state %%i & call :keep && exit /b 0
rd /s /q "%GILD_DIR%\payload\%1"
exit /b 0

rem Returns 1 if what GILD_STATE is of is done.
:keep
if "%GILD_STATE%"=="done" exit /b 1
exit /b 0
`
