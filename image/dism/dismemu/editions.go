package dismemu

import (
	"encoding/xml"
	"regexp"
	"slices"
	"strings"
)

const editionMatrix = "Windows/servicing/Editions/EditionMatrix.xml"

// paths are the target editions of each edition, for images without a matrix
// ("Windows edition upgrade"; "Options for DISM /Set-Edition" for servers).
func paths() map[string][]string {
	return map[string][]string{
		"Core":                 {"CoreSingleLanguage", "Professional", "ProfessionalEducation", "ProfessionalWorkstation", "Education", "Enterprise"},
		"Professional":         {"ProfessionalEducation", "ProfessionalWorkstation", "Education", "Enterprise", "ServerRdsh", "IoTEnterprise"},
		"ProfessionalN":        {"ProfessionalEducationN", "ProfessionalWorkstationN", "EducationN", "EnterpriseN"},
		"ServerStandardEval":   {"ServerStandard", "ServerDatacenter"},
		"ServerDatacenterEval": {"ServerDatacenter"},
		"ServerStandard":       {"ServerDatacenter"},
	}
}

// targets returns the target editions of the image.
func targets(img *serviced) ([]string, error) {
	data, err := img.readFile(editionMatrix)
	if err != nil {
		return nil, err
	}
	if data == nil {
		return paths()[img.info.Edition], nil
	}
	var matrix struct {
		Editions []struct {
			ID      string `xml:"ID,attr"`
			Targets []struct {
				ID string `xml:"ID,attr"`
			} `xml:"Target"`
		} `xml:"Edition"`
	}
	if err := xml.Unmarshal(data, &matrix); err != nil {
		return nil, err
	}
	var list []string
	for _, e := range matrix.Editions {
		if strings.EqualFold(e.ID, img.info.Edition) {
			for _, t := range e.Targets {
				list = append(list, t.ID)
			}
		}
	}
	return list, nil
}

func getCurrentEdition(r *run) error {
	return r.inspect(func(img *serviced) error {
		r.out.line("Current edition is:")
		r.out.line("")
		r.out.record([]field{{"Current Edition", img.info.Edition}})
		return nil
	})
}

func setEdition(r *run) error {
	edition, err := r.need("Set-Edition")
	if err != nil {
		return err
	}
	return r.service(func(img *serviced) error {
		list, err := targets(img)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(id string) bool { return strings.EqualFold(id, edition) })
		if i < 0 || img.isPE() {
			return fail(errUnsupported, "The specified edition %s is not a valid target of the edition %s of the image.", edition, img.info.Edition)
		}
		r.out.line("Starting to update components...")
		r.out.progress()
		r.out.line("Finished updating components.")
		if err := img.setText(currentVersion, "EditionID", list[i]); err != nil {
			return err
		}
		if img.text(currentVersion, "CompositionEditionID") == "" {
			return nil
		}
		return img.setText(currentVersion, "CompositionEditionID", composition(list[i]))
	})
}

// composition returns the edition whose packages an edition uses.
func composition(edition string) string {
	switch edition {
	case "Professional", "ProfessionalEducation", "ProfessionalWorkstation", "Education", "ServerRdsh", "IoTEnterprise":
		return "Enterprise"
	}
	return edition
}

var productKey = regexp.MustCompile(`^(?i:[0-9A-Z]{5}(-[0-9A-Z]{5}){4})$`)

// setProductKey checks only the form of a key: the emulation does not know which keys are
// valid, and how Windows stores them.
func setProductKey(r *run) error {
	key, err := r.need("Set-ProductKey")
	if err != nil {
		return err
	}
	return r.service(func(img *serviced) error {
		if !productKey.MatchString(key) || img.isPE() {
			return known(errProductKey)
		}
		return nil
	})
}
