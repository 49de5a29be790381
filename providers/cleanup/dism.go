package cleanup

import (
	"context"
	"errors"
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/viadism"
)

// byDISM has DISM clean up.
func byDISM() providers.TypedWay[resource] {
	return providers.TypedWay[resource]{
		Name: providers.ByDISM, Effect: viadism.Effect(), Needs: viadism.Needs(image.CanRegistry), Apply: providers.Each(applyByDISM),
		Irreversible: true, // superseded components are removed; with reset_base updates can't be uninstalled any more
	}
}

// The image itself does not record a cleanup, so gild notes it in the registry: its options, and
// whether it was skipped.
const (
	noteKey    = `HKLM\SOFTWARE\gild\Cleanup`
	noteParent = `HKLM\SOFTWARE\gild`
	noteArgs   = "Options"
	notePassed = "PassedOver"
)

func applyByDISM(ctx context.Context, s image.Session, _ providers.Host, c providers.TypedChange[resource]) error {
	if err := viadism.Unqueue(s, jobKind, store); err != nil {
		return err
	}
	if c.Action == providers.Delete {
		return removeNote(s)
	}
	args := c.Want.args()
	err := viadism.Run(ctx, s, args...)
	passed := viadism.Code(err) == operationsPending
	if err != nil && !passed {
		return err
	}
	if passed {
		d, err := providers.Need[image.Servicer](s, image.CanService)
		if err != nil {
			return err
		}
		d.Warn("the component store was not cleaned up, because operations are pending in the image, and a cleanup can't run then (0x800f0806, CBS_E_PENDING); Windows cleans up later")
	}
	return writeNote(s, args[1:], passed)
}

func writeNote(s image.Session, args []string, passed bool) error {
	reg, err := providers.Need[image.Registry](s, image.CanRegistry)
	if err != nil {
		return err
	}
	n := uint32(0)
	if passed {
		n = 1
	}
	return errors.Join(
		reg.CreateKey(noteKey),
		reg.SetValue(noteKey, image.Value{Name: noteArgs, Type: hive.RegSZ, Data: hive.EncodeString(strings.Join(args, " "))}),
		reg.SetValue(noteKey, image.Value{Name: notePassed, Type: hive.RegDword, Data: hive.EncodeUint32(n)}),
	)
}

// removeNote removes the note, and its key if that is empty then.
func removeNote(s image.Session) error {
	reg, err := providers.Need[image.Registry](s, image.CanRegistry)
	if err != nil {
		return err
	}
	if err := providers.Gone(reg.DeleteKey(noteKey)); err != nil {
		return err
	}
	keys, err := reg.Subkeys(noteParent)
	if err != nil || len(keys) > 0 {
		return providers.Gone(err)
	}
	values, err := reg.Values(noteParent)
	if err != nil || len(values) > 0 {
		return providers.Gone(err)
	}
	return reg.DeleteKey(noteParent)
}

// noted returns the options of the noted cleanup, and whether it was skipped; nil without a note.
func noted(s image.Session) (args []string, passed bool, err error) {
	reg, err := providers.Need[image.Registry](s, image.CanRegistry)
	if err != nil {
		return nil, false, err
	}
	v, err := reg.Value(noteKey, noteArgs)
	if err != nil || v.Type != hive.RegSZ {
		return nil, false, providers.Gone(err)
	}
	p, err := reg.Value(noteKey, notePassed)
	n, _ := p.Uint32()
	return strings.Fields(hive.DecodeString(v.Data)), n != 0, providers.Gone(err)
}

// again says which earlier change installs something: what that supersedes was not superseded yet
// at the noted cleanup.
func again(_ resource, earlier []providers.Earlier) string {
	for e := range providers.Told[providers.Serviced](earlier) {
		if !e.Waits {
			return "what " + e.Addr.Local() + " supersedes is in the component store since"
		}
	}
	return ""
}
