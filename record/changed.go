package record

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
)

// Overtaken makes the conflict that somebody is told whose version of a thing
// is old: who changed it last, and what, by the names of After's fields, which
// label turns into words for people. Acts say which acts are changes, by the
// beginnings of their names ("directory.service.").
func Overtaken(ctx context.Context, tx *db.Tx, s Subject, label func(field string) string, acts ...string) error {
	entries, err := About(ctx, tx, s, 0, 50)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !slices.ContainsFunc(acts, func(act string) bool { return strings.HasPrefix(e.Act, act) }) {
			continue
		}
		var after map[string]json.RawMessage
		if err := json.Unmarshal(e.After, &after); err != nil || len(after) == 0 {
			break // an entry without details: say less
		}
		var what []string
		for _, field := range slices.Sorted(maps.Keys(after)) {
			what = append(what, label(field))
		}
		return fault.Newf(fault.Conflict, "%s changed this meanwhile (%s). What you entered is not saved. Compare it with what is there now, then save again.",
			e.Actor.Name, strings.Join(what, ", "))
	}
	return fault.New(fault.Conflict, "Somebody changed this meanwhile. What you entered is not saved. Compare it with what is there now, then save again.")
}
