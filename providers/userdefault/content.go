package userdefault

import "github.com/gildhq/gild/providers/settings"

// content is about content from Microsoft, and data about users.
func content() []settings.Setting {
	cloud := func(name, doc, policy, value string) settings.Setting {
		return toggle(name, doc+"; a policy.", admx("CloudContent", policy), dword{policies + "CloudContent", value}, 0, 1)
	}
	suggestions := func(n uint32) []settings.Part {
		const key = current + "ContentDeliveryManager"
		return []settings.Part{
			settings.Named("338393", settings.Dword(key, "SubscribedContent-338393Enabled", n)),
			settings.Named("353694", settings.Dword(key, "SubscribedContent-353694Enabled", n)),
			settings.Named("353696", settings.Dword(key, "SubscribedContent-353696Enabled", n)),
		}
	}
	return []settings.Setting{
		cloud("spotlight", "All features of Windows Spotlight, as on the lock screen and in tips", "Turn off all Windows spotlight features", "DisableWindowsSpotlightFeatures"),
		cloud("third_party_suggestions", "Third-party apps and content in Windows Spotlight", "Do not suggest third-party content in Windows spotlight", "DisableThirdPartySuggestions"),
		cloud("tailored_experiences", "Suggestions based on diagnostic data", "Do not use diagnostic data for tailored experiences", "DisableTailoredExperiencesWithDiagnosticData"),
		cloud("welcome_experience", "The page on what is new after an update", "Turn off the Windows Welcome Experience", "DisableWindowsSpotlightWindowsWelcomeExperience"),
		cloud("spotlight_in_action_center", "Windows Spotlight among notifications", "Turn off Windows Spotlight on Action Center", "DisableWindowsSpotlightOnActionCenter"),
		cloud("spotlight_in_settings", "Suggestions of Windows Spotlight in Settings", "Turn off Windows Spotlight on Settings", "DisableWindowsSpotlightOnSettings"),
		choice("settings_suggestions", "Suggested content in Settings.", "Settings of Windows, “Show me suggested content in the Settings app”", is("true", suggestions(1)...), is("false", suggestions(0)...)),
		toggle("advertising_id", "An ID by which apps recognize the user.", connections("18.1 General"), dword{current + "AdvertisingInfo", "Enabled"}, 1, 0),
		toggle("website_language_list", "Access of websites to the list of the user's languages.", connections("18.1 General"), dword{control + `International\User Profile`, "HttpAcceptLanguageOptOut"}, 0, 1),
		toggle("copilot", "Windows Copilot; a policy.", admx("WindowsCopilot", "Turn off Windows Copilot"), dword{policies + "WindowsCopilot", "TurnOffWindowsCopilot"}, 0, 1),
		toggle("toast_notifications", "Pop-up notifications; a policy.", admx("WPN", "Turn off toast notifications"), dword{policies + `CurrentVersion\PushNotifications`, "NoToastApplicationNotification"}, 0, 1),
	}
}

// session is the screen saver, which may lock the session.
func session() []settings.Setting {
	const key = control + "Desktop"
	yesNo := func(name, doc, action, value string) settings.Setting {
		return choice(name, doc, parameters(action), is("true", settings.String(key, value, "1")), is("false", settings.String(key, value, "0")))
	}
	return []settings.Setting{
		yesNo("screen_saver", "The screen saver.", "SPI_SETSCREENSAVEACTIVE", "ScreenSaveActive"),
		path("screen_saver_program", "Program of the screen saver, such as `C:\\Windows\\System32\\scrnsave.scr` for a dark screen; empty for none.", admx("ControlPanelDisplay", "Force specific screen saver"), key, "SCRNSAVE.EXE"),
		digits("screen_saver_timeout", "Time without input after which the screen saver starts.", parameters("SPI_SETSCREENSAVETIMEOUT"), "seconds", key, "ScreenSaveTimeOut", 60, 599940),
		yesNo("screen_saver_lock", "Password prompt when the screen saver ends.", "SPI_SETSCREENSAVESECURE", "ScreenSaverIsSecure"),
	}
}

// input is keyboard and mouse.
func input() []settings.Setting {
	const mouse, keyboard = control + "Mouse", control + "Keyboard"
	numLock := func(name, on string) settings.Value {
		return is(name, settings.String(keyboard, "InitialKeyboardIndicators", on), settings.Named("logon_screen", settings.String(`HKU\.DEFAULT\Control Panel\Keyboard`, "InitialKeyboardIndicators", on)))
	}
	acceleration := func(name, speed, first, second string) settings.Value {
		return is(name, settings.String(mouse, "MouseSpeed", speed), settings.Named("threshold_1", settings.String(mouse, "MouseThreshold1", first)), settings.Named("threshold_2", settings.String(mouse, "MouseThreshold2", second)))
	}
	return []settings.Setting{
		choice("num_lock", "Num Lock after logon, and on the logon screen.", "Windows, the value InitialKeyboardIndicators: 2 stands for Num Lock", numLock("true", "2"), numLock("false", "0")),
		digits("keyboard_delay", "Delay until a held key repeats; 0 is the shortest.", parameters("SPI_SETKEYBOARDDELAY"), "steps", keyboard, "KeyboardDelay", 0, 3),
		digits("keyboard_speed", "Repeat rate of a held key; 31 is the fastest.", parameters("SPI_SETKEYBOARDSPEED"), "steps", keyboard, "KeyboardSpeed", 0, 31),
		choice("mouse_acceleration", "Mouse acceleration: the pointer moves farther when the mouse moves fast.", parameters("SPI_SETMOUSE"), acceleration("true", "1", "6", "10"), acceleration("false", "0", "0", "0")),
		digits("mouse_speed", "Speed of the pointer; Windows' default is 10.", parameters("SPI_SETMOUSESPEED"), "steps", mouse, "MouseSensitivity", 1, 20),
		choice("mouse_primary_button", "The button that selects.", parameters("SPI_SETMOUSEBUTTONSWAP"), is("left", settings.String(mouse, "SwapMouseButtons", "0")), is("right", settings.String(mouse, "SwapMouseButtons", "1"))),
		choice("sticky_keys_shortcut", "Turning on Sticky Keys by pressing Shift five times.", "Windows API, STICKYKEYS, SKF_HOTKEYACTIVE",
			is("true", settings.String(control+`Accessibility\StickyKeys`, "Flags", "510")), is("false", settings.String(control+`Accessibility\StickyKeys`, "Flags", "506"))),
	}
}
