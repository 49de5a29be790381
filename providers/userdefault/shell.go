package userdefault

import "github.com/gildhq/gild/providers/settings"

func explorer() []settings.Setting {
	at := func(name string) dword { return dword{advanced, name} }
	return []settings.Setting{
		toggle("show_file_extensions", "Extensions of known file types.", dsc("WindowsExplorer")+"; "+folder("HideFileExt"), at("HideFileExt"), 0, 1),
		toggle("show_hidden_files", "Hidden files and folders.", dsc("WindowsExplorer")+"; "+folder("Hidden"), at("Hidden"), 1, 2),
		toggle("show_protected_files", "Protected operating system files.", folder("SuperHidden"), at("ShowSuperHidden"), 1, 0),
		toggle("show_item_check_boxes", "Check boxes next to files.", dsc("WindowsExplorer"), at("AutoCheckSelect"), 1, 0),
		enum("explorer_opens", "Start page of File Explorer.", "Folder Options of Windows, “Open File Explorer to”", at("LaunchTo"), v{"this_pc", 1}, v{"home", 2}),
		toggle("explorer_compact_view", "Less space between files.", "Folder Options of Windows, “Decrease space between items (compact view)”", at("UseCompactMode"), 1, 0),
		toggle("explorer_recent_files", "Recently used files on the home page of File Explorer.", "Folder Options of Windows, “Show recently used files”", dword{current + "Explorer", "ShowRecent"}, 1, 0),
		toggle("explorer_frequent_folders", "Frequently used folders on the home page of File Explorer.", "Folder Options of Windows, “Show frequently used folders”", dword{current + "Explorer", "ShowFrequent"}, 1, 0),
		toggle("search_suggestions", "Suggestions from the web and former searches; a policy.", admx("WindowsExplorer", "Turn off display of recent search entries in the File Explorer search box"),
			dword{policies + "Explorer", "DisableSearchBoxSuggestions"}, 0, 1),
	}
}

func desktop() []settings.Setting {
	const icons = current + `Explorer\HideDesktopIcons\NewStartPanel`
	icon := func(name, doc, class string) settings.Setting {
		return toggle(name, "The icon of "+doc+" on the desktop.", "Windows API, CLSIDs of shell folders; Desktop Icon Settings of Windows", dword{icons, class}, 0, 1)
	}
	style := func(name, style, tile string) settings.Value {
		return is(name, settings.String(control+"Desktop", "WallpaperStyle", style), settings.Named("tile", settings.String(control+"Desktop", "TileWallpaper", tile)))
	}
	theme := dword{current + `Themes\Personalize`, "AppsUseLightTheme"}
	return []settings.Setting{
		enum("app_theme", "Colours of apps.", dsc("EnableDarkMode"), theme, v{"light", 1}, v{"dark", 0}),
		enum("windows_theme", "Colours of the taskbar and Start.", dsc("EnableDarkMode"), dword{theme.key, "SystemUsesLightTheme"}, v{"light", 1}, v{"dark", 0}),
		toggle("transparency", "Transparency effects of windows.", "Settings of Windows, “Transparency effects”", dword{theme.key, "EnableTransparency"}, 1, 0),
		path("wallpaper", "Picture on the desktop: a file in the running Windows, which a `file` resource brings; empty for none. A theme that is applied at the first logon may replace it.",
			microsoft+"Microsoft.Windows.Setting.Personalization, BackgroundPicture; "+parameters("SPI_SETDESKWALLPAPER"), control+"Desktop", "WallPaper"),
		choice("wallpaper_style", "How the wallpaper fills the desktop.", microsoft+"Microsoft.Windows.Setting.Personalization, BackgroundPicture",
			style("fill", "10", "0"), style("fit", "6", "0"), style("stretch", "2", "0"), style("center", "0", "0"), style("tile", "0", "1"), style("span", "22", "0")),
		icon("desktop_icon_this_pc", "This PC", "{20D04FE0-3AEA-1069-A2D8-08002B30309D}"),
		icon("desktop_icon_recycle_bin", "the recycle bin", "{645FF040-5081-101B-9F08-00AA002F954E}"),
		icon("desktop_icon_user_folder", "the user's folder", "{59031A47-3F72-44A7-89C5-5595FE6B30EE}"),
		icon("desktop_icon_network", "the network", "{F02C1A0D-BE21-4350-88B0-7369FC96EF3C}"),
	}
}

func taskbar() []settings.Setting {
	return []settings.Setting{
		enum("taskbar_alignment", "Position of the taskbar's icons.", dsc("Taskbar"), dword{advanced, "TaskbarAl"}, v{"left", 0}, v{"center", 1}),
		enum("taskbar_combine", "When the taskbar combines the windows of a program into one button.", dsc("Taskbar"), dword{advanced, "TaskbarGlomLevel"}, v{"always", 0}, v{"when_full", 1}, v{"never", 2}),
		enum("taskbar_search", "Search.", dsc("Taskbar"), dword{current + "Search", "SearchboxTaskbarMode"}, v{"hidden", 0}, v{"icon", 1}, v{"box", 2}, v{"icon_and_label", 3}),
		toggle("taskbar_task_view", "The button Task View.", dsc("Taskbar"), dword{advanced, "ShowTaskViewButton"}, 1, 0),
		toggle("taskbar_widgets", "The button Widgets.", dsc("Taskbar"), dword{advanced, "TaskbarDa"}, 1, 0),
		toggle("taskbar_clock_seconds", "Seconds in the clock.", "Settings of Windows, “Show seconds in system tray clock”", dword{advanced, "ShowSecondsInSystemClock"}, 1, 0),
	}
}

func start() []settings.Setting {
	return []settings.Setting{
		toggle("start_recent_items", "Recently opened items in Start, jump lists and File Explorer.", "Settings of Windows, “Show recommended files in Start, recent files in File Explorer, and items in Jump Lists”", dword{advanced, "Start_TrackDocs"}, 1, 0),
		toggle("start_app_tracking", "Tracking of app launches, for Start and search.", connections("18.1 General"), dword{advanced, "Start_TrackProgs"}, 1, 0),
		enum("start_layout", "What Start gives more space to.", "Settings of Windows, Start, Layout", dword{advanced, "Start_Layout"}, v{"default", 0}, v{"more_pins", 1}, v{"more_recommendations", 2}),
		toggle("start_recommendations", "Tips, shortcuts and new apps in Start.", "Settings of Windows, “Show recommendations for tips, shortcuts, new apps, and more”", dword{advanced, "Start_IrisRecommendations"}, 1, 0),
		toggle("start_account_notifications", "Notifications about the account in Start.", "Settings of Windows, “Show account-related notifications”", dword{advanced, "Start_AccountNotifications"}, 1, 0),
		choice("onedrive_setup", "The installation of OneDrive at the first logon.", "Windows, the value OneDriveSetup of Run in the profile of the default user", is("removed", settings.Without(current+"Run", "OneDriveSetup"))),
	}
}
