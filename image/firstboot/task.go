package firstboot

import (
	"strings"

	"github.com/gildhq/gild/formats/nt"
)

// taskText is the scheduled task that runs the driver at every start ([MS-TSCH] §2.3):
// as SYSTEM, also on battery, without a time limit. Without a file, schtasks could make
// only a task that does not run on battery.
const taskText = `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Author>gild</Author>
    <Description>Goes on with the work of the first start after a restart. Removes itself when all is done.</Description>
  </RegistrationInfo>
  <Triggers>
    <BootTrigger>
      <Enabled>true</Enabled>
    </BootTrigger>
  </Triggers>
  <Principals>
    <Principal id="System">
      <UserId>S-1-5-18</UserId>
      <RunLevel>HighestAvailable</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>5</Priority>
  </Settings>
  <Actions Context="System">
    <Exec>
      <Command>%SystemRoot%\System32\cmd.exe</Command>
      <Arguments>/d /c ""%SystemRoot%\Setup\Scripts\gild\first-boot.cmd" startup"</Arguments>
    </Exec>
  </Actions>
</Task>
`

// taskXML returns the task in UTF-16, as schtasks wants it.
func taskXML() []byte {
	return nt.AppendUTF16(nil, "\uFEFF"+strings.ReplaceAll(taskText, "\n", eol))
}
