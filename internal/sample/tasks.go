package sample

// taskXML is a scheduled task in the form of the schema "Task", version 1.2
// ([MS-TSCH] §2.5).
const taskXML = `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <URI>\Microsoft\Windows\Defrag\ScheduledDefrag</URI>
  </RegistrationInfo>
  <Principals>
    <Principal id="LocalSystem">
      <UserId>S-1-5-18</UserId>
    </Principal>
  </Principals>
  <Settings>
    <Enabled>true</Enabled>
  </Settings>
  <Triggers />
  <Actions Context="LocalSystem">
    <Exec>
      <Command>%windir%\system32\defrag.exe</Command>
      <Arguments>-c -h -k -g -$</Arguments>
    </Exec>
  </Actions>
</Task>
`

// tasks adds the files of the scheduled tasks that the registry lists.
func (t *tree) tasks() {
	t.bytes("Windows/System32/Tasks/Microsoft/Windows/Defrag/ScheduledDefrag", append([]byte{0xff, 0xfe}, utf16le(crlf(taskXML))...))
}
