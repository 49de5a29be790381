package appx

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/providers"
)

// passable returns an error if an app can't be added, or must not be removed.
func passable(ctx context.Context, s image.Session, c providers.TypedChange[app]) error {
	if c.Action != providers.Delete {
		return errors.Join(addable(ctx, s, c.Want), satisfied(ctx, s, c))
	}
	reg, err := providers.Need[image.Registry](s, image.CanRegistry)
	if err != nil {
		return err
	}
	files, err := providers.Need[image.Files](s, image.CanFiles)
	if err != nil {
		return err
	}
	_, err = readProvisioning(files)
	return errors.Join(err, removable(reg, c.Want.Name), reg.Writable(store))
}

// removable refuses apps that Windows protects, and apps that a user of the image has installed:
// their packages are in use.
func removable(reg image.Registry, name string) error {
	if slices.ContainsFunc(protected(), func(p string) bool { return nt.Equal(p, name) }) {
		return &providers.Problem{Attr: "name", Summary: "Protected app", Detail: fmt.Sprintf("Windows does not allow %s to be removed.", name)}
	}
	keys, err := reg.Subkeys(store)
	if err != nil {
		return providers.Gone(err)
	}
	for _, key := range keys {
		if len(key) < 4 || !strings.EqualFold(key[:4], "S-1-") {
			continue
		}
		installed, err := below(reg, store+`\`+key)
		if err != nil {
			return err
		}
		if len(named(installed, name)) > 0 {
			return &providers.Problem{Attr: "name", Summary: "App is in use",
				Detail: fmt.Sprintf("%s is installed for the user %s of this image; removing its packages would break it. Remove it in Windows before the image is captured.", name, key)}
		}
	}
	return nil
}

// apply queues the addition of an app, or removes it. What tells that it is provisioned goes last, so that a
// removal that was cut short is seen and done again.
func apply(ctx context.Context, s image.Session, host providers.Host, c providers.TypedChange[app]) error {
	reg, err := providers.Need[image.Registry](s, image.CanRegistry)
	if err != nil {
		return err
	}
	files, err := providers.Need[image.Files](s, image.CanFiles)
	if err != nil {
		return err
	}
	all, err := below(reg, provisioned)
	if err != nil {
		return err
	}
	found := named(all, c.Want.Name)
	if c.Action != providers.Delete {
		if c.Want.Source == nil && len(found) > 0 {
			return nil // nothing can differ
		}
		if err := addable(ctx, s, c.Want); err != nil {
			return err
		}
		return add(ctx, s, host, c.Want, found)
	}
	if _, ok := image.As[image.FirstBoot](s); ok {
		if err := bootjob.Unqueue(s, jobKind, strings.ToLower(c.Want.Name)); err != nil {
			return err
		}
	}
	if len(found) == 0 {
		if found, err = leftovers(reg, files, c.Want.Name); err != nil {
			return err
		}
	}
	list, err := families(files, found)
	if err != nil {
		return err
	}
	if err := removeProvisioning(files, list); err != nil {
		return err
	}
	for _, f := range list {
		err := errors.Join(removeFiles(files, f), reg.CreateKey(deprovisioned+`\`+f), removeKeys(reg, staged, f))
		if err != nil {
			return err
		}
	}
	slices.Reverse(list) // the app itself is last
	for _, f := range list {
		if err := removeKeys(reg, provisioned, f); err != nil {
			return err
		}
	}
	return nil
}

// removeFiles removes the folders of all packages of a family, including those in a bundle, and the
// family's license.
func removeFiles(files image.Files, family string) error {
	entries, err := files.ReadDir(packages)
	if providers.Gone(err) != nil {
		return err
	}
	for _, e := range entries {
		if i, ok := parseIdentity(e.Name()); ok && nt.Equal(i.family(), family) {
			if err := providers.Gone(files.Remove(packages + "/" + e.Name())); err != nil {
				return err
			}
		}
	}
	return providers.Gone(files.Remove(licenses + "/" + family + ".xml"))
}

// removeKeys removes the keys of a family's packages below another key.
func removeKeys(reg image.Registry, key, family string) error {
	all, err := below(reg, key)
	if err != nil {
		return err
	}
	for _, i := range all {
		if nt.Equal(i.family(), family) {
			if err := providers.Gone(reg.DeleteKey(key + `\` + i.full)); err != nil {
				return err
			}
		}
	}
	return nil
}
