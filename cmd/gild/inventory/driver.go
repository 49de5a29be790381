package inventory

import (
	"time"

	"github.com/gildhq/gild/image/driverstore"
)

type driverRow struct {
	PublishedName *string  `cty:"published_name"`
	OriginalName  *string  `cty:"original_name"`
	Provider      *string  `cty:"provider"`
	Class         *string  `cty:"class"`
	ClassGUID     *string  `cty:"class_guid"`
	Version       string   `cty:"version"`
	Date          *string  `cty:"date"`
	Arch          string   `cty:"arch"`
	BootCritical  *bool    `cty:"boot_critical"`
	HardwareIDs   []string `cty:"hardware_ids"`
	Signer        *string  `cty:"signer"`
	Inbox         bool     `cty:"inbox"`
	StoreName     string   `cty:"store_name"`
	StoreFolder   *string  `cty:"store_folder"`
}

func drivers() Inventory {
	return Inventory{
		Name: "driver", Columns: []string{"published_name", "original_name", "inbox", "class", "provider", "date", "version"},
		List: listed(driverstore.Packages, func(p driverstore.Package) driverRow {
			row := driverRow{
				PublishedName: text(p.PublishedName), OriginalName: text(p.OriginalName), Provider: text(p.Provider),
				Class: text(p.Class), ClassGUID: text(p.ClassGUID), Version: p.Version, Arch: p.Arch,
				BootCritical: p.BootCritical, HardwareIDs: texts(p.HardwareIDs), Signer: text(p.Signer), Inbox: p.Inbox,
				StoreName: p.Key, StoreFolder: text(p.Folder),
			}
			if !p.Date.IsZero() {
				row.Date = text(p.Date.Format(time.DateOnly))
			}
			return row
		}),
	}
}
