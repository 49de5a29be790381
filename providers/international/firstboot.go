package international

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/international"
	"github.com/gildhq/gild/providers"
)

// actionID names the work at the first boot; its order is after all that DISM does there, and
// before users' scripts.
const (
	actionID    = "international.ui-language"
	actionOrder = 490
)

// actionText is the script. It makes the changes that international.SetUILanguage makes of
// an image: what is in the user hives counts for users that come after it, so it
// does not matter that this is not changed.
const actionText = `@echo off
set "MUI=HKLM\SYSTEM\CurrentControlSet\Control\MUI"
reg query "%MUI%\UILanguages\@TAG@" >nul 2>&1
if errorlevel 1 (
  echo The language @TAG@ is not installed, so it can't be the one that Windows speaks.
  exit /b 1
)
reg add "HKLM\SYSTEM\CurrentControlSet\Control\Nls\Language" /v InstallLanguage /t REG_SZ /d @LCID@ /f
if errorlevel 1 exit /b 1
reg query "%MUI%\Settings" /v PreferredUILanguages >nul 2>&1
if errorlevel 1 exit /b 0
reg add "%MUI%\Settings" /v PreferredUILanguages /t REG_MULTI_SZ /d @TAG@ /f
`

// action is the work that sets the language at the first boot.
func action(l international.Locale) image.Action {
	text := strings.NewReplacer("@TAG@", l.Tag, "@LCID@", fmt.Sprintf("%04x", l.LCID), "\n", "\r\n").Replace(actionText)
	return image.Action{
		ID: actionID, Order: actionOrder, Title: "Make " + l.Tag + " the language of Windows",
		Interpreter: image.Cmd, Script: []byte(text), Restart: true, Limit: 10,
	}
}

// queued returns the language that is queued; nil if there is none.
func queued(s image.Session) (string, error) {
	queue, err := providers.Need[image.FirstBoot](s, image.CanFirstBoot)
	if err != nil {
		return "", err
	}
	actions, err := queue.QueuedActions()
	if err != nil {
		return "", err
	}
	for _, a := range actions {
		if !strings.EqualFold(a.ID, actionID) {
			continue
		}
		for _, l := range international.Locales() {
			if want := action(l); bytes.Equal(a.Script, want.Script) && a.Restart == want.Restart && a.Order == want.Order {
				return l.Tag, nil
			}
		}
		return "unknown", nil
	}
	return "", nil
}

// queue queues the language, or removes it from the queue if the tag is empty.
func queue(s image.Session, tag string) error {
	queue, err := providers.Need[image.FirstBoot](s, image.CanFirstBoot)
	if err != nil {
		return err
	}
	if tag == "" {
		if err := queue.UnqueueAction(actionID); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	l, _ := international.ByTag(tag)
	return queue.QueueAction(action(l))
}
