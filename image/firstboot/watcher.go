package firstboot

import "strings"

// watcherSource ends an action that takes too long. The driver starts it next to each
// action that has a limit. Among the child processes of its own parent, the driver, it
// finds the one with the folder of actions in its command line, and ends it with
// everything it has started: not the conhost.exe that they share, nor the watcher of the
// action before. cmd.exe can't do that: it does not report the ID of a process it starts,
// and wmic.exe is not part of Windows any more.
//
// It ends when the file "running" no longer names the action, or the driver has ended.
// It counts seconds, since the clock may be set during the first boot. It calls no
// methods, so that it also runs in the constrained language mode; PowerShell reads it
// instead of running it as a file, which a policy may forbid.
const watcherSource = `# Ends the action of first-boot.cmd that is at work when it has taken so many minutes.
$folder = $env:GILD_DIR
$id = $env:GILD_WATCH
$minutes = [int]$env:GILD_MINUTES
$me = Get-CimInstance -ClassName Win32_Process -Filter "ProcessId = $PID"
if (-not $me) { exit 1 }
$driver = $me.ParentProcessId
$job = $null
for ($second = 0; $second -lt $minutes * 60; $second += 2) {
  if (-not $job) {
    $job = Get-CimInstance -ClassName Win32_Process -Filter "ParentProcessId = $driver" | Where-Object { $_.CommandLine -like '*\actions\*' } | Select-Object -First 1
  }
  Start-Sleep -Seconds 2
  if ((Get-Content -LiteralPath "$folder\running" -ErrorAction SilentlyContinue) -ne $id) { exit }
  if (-not (Get-Process -Id $driver -ErrorAction SilentlyContinue)) { exit }
}
if (-not $job) { exit 1 }
Set-Content -LiteralPath "$folder\overdue" -Value $minutes
& "$env:SystemRoot\System32\taskkill.exe" /T /F /PID $job.ProcessId
`

func watcherText() []byte { return []byte(strings.ReplaceAll(watcherSource, "\n", eol)) }
