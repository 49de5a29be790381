package dismemu

import (
	"fmt"
	"strconv"

	"github.com/gildhq/gild/formats/wim"
)

func getImageInfo(r *run) error {
	f, index, err := r.imageOf()
	if err != nil {
		return err
	}
	defer f.Close()
	r.out.line("Details for image : %s", f.Name())
	r.out.line("")
	details(r, f.Images()[index-1])
	return nil
}

func details(r *run, img wim.ImageInfo) {
	w := wim.WindowsInfo{Arch: -1}
	if img.Windows != nil {
		w = *img.Windows
	}
	arch := map[int]string{0: "x86", 5: "arm", 9: "x64", 12: "arm64"}[w.Arch]
	fields := []field{
		{"Index", strconv.Itoa(img.Index)}, {"Name", undefined(img.Name)}, {"Description", undefined(img.Description)}, {"Size", r.locale.bytes(img.TotalBytes)},
		{"WIM Bootable", "No"}, {"Architecture", undefined(arch)}, {"Hal", undefined(w.Hal)},
		{"Version", fmt.Sprintf("%d.%d.%d", w.Version.Major, w.Version.Minor, w.Version.Build)},
		{"ServicePack Build", strconv.Itoa(w.Version.SPBuild)}, {"ServicePack Level", strconv.Itoa(w.Version.SPLevel)},
		{"Edition", undefined(w.EditionID)}, {"Installation", undefined(w.InstallationType)}, {"ProductType", undefined(w.ProductType)},
		{"ProductSuite", undefined(w.ProductSuite)}, {"System Root", undefined(w.SystemRoot)},
		{"Directories", strconv.FormatInt(img.DirCount, 10)}, {"Files", strconv.FormatInt(img.FileCount, 10)},
		{"Created", r.locale.stamp(img.Created)}, {"Modified", r.locale.stamp(img.Modified)},
	}
	for _, f := range fields {
		r.out.line("%s : %s", f.name, f.value)
	}
	r.out.line("Languages :")
	for _, l := range w.Languages {
		if l == w.DefaultLanguage {
			l += " (Default)"
		}
		r.out.line("\t%s", l)
	}
	r.out.line("")
}

func undefined(s string) string {
	if s == "" {
		return "<undefined>"
	}
	return s
}
