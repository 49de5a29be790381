package operation

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gildhq/gild/executor/retention"
	"github.com/gildhq/gild/planner"
)

// Rollback returns the image to roll back, and the number of steps of its last checkpoint that is
// not after the given step; 0: the source. name is the name of the image. It may be empty if
// there is only one image, or if step names it. step is the number of a step, an address, or the
// beginning of a checkpoint's ID.
func Rollback(store retention.Store, plan *planner.Plan, name, step string) (*planner.Image, int, error) {
	img, err := chooseImage(plan, name, step)
	if err != nil {
		return nil, 0, err
	}
	to, err := stepOf(img, step)
	if err != nil {
		return nil, 0, err
	}
	from, err := goOnFrom(store, img, to)
	return img, from, err
}

// chooseImage returns the image to roll back.
func chooseImage(plan *planner.Plan, name, to string) (*planner.Image, error) {
	var names []string
	for _, img := range plan.Images {
		names = append(names, img.Name)
	}
	for _, w := range plan.Waiting {
		names = append(names, w.Image)
	}
	if prefix, _, found := strings.Cut(to, "/"); name == "" && found && slices.Contains(names, prefix) {
		name = prefix
	}
	if name == "" && len(names) == 1 {
		name = names[0]
	}
	img := plan.Image(name)
	waits := slices.IndexFunc(plan.Waiting, func(w planner.Waiting) bool { return w.Image == name })
	switch {
	case name == "":
		return nil, fmt.Errorf("the configuration has several images: name one with -image=NAME: %s", strings.Join(names, ", "))
	case waits >= 0:
		return nil, Explain("Nothing to roll back yet", "Image %s is planned when %s made, and which checkpoints it would use is known then.",
			name, planner.Are(plan.Waiting[waits].For))
	case img == nil:
		return nil, fmt.Errorf("-image=%s: the configuration has no such image; it has %s", name, strings.Join(names, ", "))
	case img.Target != "":
		return nil, Explain("A folder can't be rolled back", "Image %s is the folder %s, which is changed in place: it has no checkpoints. "+
			"Apply the image to it again, and then the configuration.", name, img.Target)
	}
	return img, nil
}

// stepOf returns the number of the given step.
func stepOf(img *planner.Image, text string) (int, error) {
	if n, err := strconv.Atoi(text); err == nil && n >= 0 && n <= len(img.Steps) {
		return n, nil
	}
	found, last := -1, 0
	for i, s := range img.Steps {
		if addr := img.StepAddr(i); text == addr.String() || text == addr.Local() {
			return i + 1, nil
		}
		for j, it := range img.Items {
			if s.Is(j) && (text == it.Addr.String() || text == it.Addr.Local()) {
				last = i + 1 // the last step of a resource with several parts
			}
		}
		if len(text) >= 4 && strings.HasPrefix(s.ID, strings.ToLower(text)) {
			found = i
		}
	}
	switch {
	case last > 0:
		return last, nil
	case found >= 0:
		return found + 1, nil
	}
	for _, it := range img.Items {
		if text == it.Addr.String() || text == it.Addr.Local() {
			return 0, Explain("Not a step", "%s is in the source of image %s as it is wanted, so it is no step.", it.Addr, img.Name)
		}
	}
	return 0, Explain("No such step", "-to=%s is no step of image %s, which has %d: give a number from 0 to %[3]d, the address of a resource as plan shows it, "+
		"or the ID of one of its checkpoints as layers list shows it.", text, img.Name, len(img.Steps))
}

// goOnFrom returns the number of steps of the last checkpoint that is not after step number to.
func goOnFrom(store retention.Store, img *planner.Image, to int) (int, error) {
	from, err := store.Sealed(img, to)
	if err != nil || from > 0 || to == 0 {
		return from, err
	}
	last, err := store.Sealed(img, len(img.Steps))
	switch {
	case err != nil:
		return 0, err
	case last == 0:
		return 0, Explain("Nothing to roll back", "No step of image %s is in a checkpoint: the next apply begins with its source.", img.Name)
	case img.Serviced:
		return 0, Explain("No checkpoint to roll back to", "DISM keeps only one state of an image, and that of image %s is after step %d of %d. "+
			"With -to=0 the next apply begins with the source; with backend = \"offline\" an image can have many checkpoints.", img.Name, last, len(img.Steps))
	}
	return 0, Explain("No checkpoint to roll back to", "Image %s has no checkpoint at step %d or before it; \"gild layers list\" lists the existing ones. "+
		"With -to=0 the next apply begins with the source.", img.Name, to)
}
