package security

import "github.com/gildhq/gild/providers/settings"

// privacy is about data sent to Microsoft, and unsolicited content.
func privacy() []settings.Setting {
	ai := windowsPolicy + "WindowsAI"
	return []settings.Setting{
		enum("telemetry", "Diagnostic data for Microsoft.", admx("DataCollection", "Allow Diagnostic Data"), dword{windowsPolicy + "DataCollection", "AllowTelemetry"},
			v{"off", 0, "in Enterprise, Education, IoT and Server; elsewhere required"}, v{"required", 1, ""}, v{"optional", 3, ""}),
		toggle("feedback_notifications", "Requests for feedback.", admx("FeedbackNotifications", "Do not show feedback notifications"), dword{windowsPolicy + "DataCollection", "DoNotShowFeedbackNotifications"}, 0, 1),
		toggle("consumer_features", "Suggested third-party apps, in Enterprise and Education.", admx("CloudContent", "Turn off Microsoft consumer experiences"), dword{windowsPolicy + "CloudContent", "DisableWindowsConsumerFeatures"}, 0, 1),
		toggle("advertising_id", "An ID by which apps recognize the user.", admx("UserProfiles", "Turn off the advertising ID"), dword{windowsPolicy + "AdvertisingInfo", "DisabledByGroupPolicy"}, 0, 1),
		toggle("activity_feed", "The activity feed of the user.", admx("OSPolicy", "Enables Activity Feed"), dword{systemPolicy, "EnableActivityFeed"}, 1, 0),
		toggle("activity_upload", "Upload of the activity feed to Microsoft.", admx("OSPolicy", "Allow upload of User Activities"), dword{systemPolicy, "UploadUserActivities"}, 1, 0),
		toggle("cross_device_clipboard", "Synchronization of the clipboard with other machines of the user.", admx("OSPolicy", "Allow Clipboard synchronization across devices"), dword{systemPolicy, "AllowCrossDeviceClipboard"}, 1, 0),
		toggle("location", "The location of the machine, for apps.", admx("Sensors", "Turn off location"), dword{windowsPolicy + "LocationAndSensors", "DisableLocation"}, 0, 1),
		toggle("find_my_device", "Find My Device.", admx("FindMy", "Turn On/Off Find My Device"), dword{policies + "FindMyDevice", "AllowFindMyDevice"}, 1, 0),
		toggle("error_reporting", "Error reports to Microsoft.", admx("ErrorReporting", "Disable Windows Error Reporting"), dword{windowsPolicy + "Windows Error Reporting", "Disabled"}, 0, 1),
		toggle("recall", "Recall.", admx("WindowsCopilot", "Allow Recall to be enabled"), dword{ai, "AllowRecallEnablement"}, 1, 0),
		toggle("recall_snapshots", "Snapshots of the screen for Recall.", admx("WindowsCopilot", "Turn off saving snapshots for use with Recall"), dword{ai, "DisableAIDataAnalysis"}, 0, 1),
		toggle("widgets", "Widgets, including news.", admx("NewsAndInterests", "Allow widgets"), dword{policies + "Dsh", "AllowNewsAndInterests"}, 1, 0),
		toggle("onedrive", "OneDrive.", admx("SkyDrive", "Prevent the usage of OneDrive for file storage"), dword{windowsPolicy + "OneDrive", "DisableFileSyncNGSC"}, 0, 1),
	}
}
