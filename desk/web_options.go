package desk

import (
	"maps"
	"slices"
	"strconv"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/web/ui"
)

// What the lists of forms offer.

func option(id int64, label string) ui.Option {
	return ui.Option{Value: strconv.FormatInt(id, 10), Label: label}
}

func (n names) viewOptions() []ui.Option {
	var list []ui.Option
	for _, v := range views() {
		list = append(list, ui.Option{Value: string(v), Label: v.label()})
	}
	return list
}

func (n names) networkOptions() []ui.Option {
	list := []ui.Option{{Label: "Any"}}
	for _, kind := range slices.SortedFunc(maps.Keys(n.networks), func(a, b network.Kind) int {
		return slices.Compare([]string{n.network(a)}, []string{n.network(b)})
	}) {
		if n.networks[kind].Past && !slices.ContainsFunc(n.list, func(a Account) bool { return a.Network == kind }) {
			continue // nothing was imported from there
		}
		list = append(list, ui.Option{Value: string(kind), Label: n.network(kind)})
	}
	return list
}

func (n names) accountOptions() []ui.Option {
	list := []ui.Option{option(0, "Any")}
	for _, a := range n.list {
		list = append(list, option(a.ID, a.Name))
	}
	return list
}

func (n names) serviceOptions(none string) []ui.Option {
	list := []ui.Option{option(0, none)}
	for _, s := range n.dir.Services() {
		if s.Active {
			list = append(list, option(s.ID, s.Name))
		}
	}
	return list
}

func (n names) teamOptions(none string) []ui.Option {
	var list []ui.Option
	if none != "" {
		list = append(list, option(0, none))
	}
	for _, t := range n.roster.Teams() {
		list = append(list, option(t.ID, t.Name))
	}
	return list
}

func stateOptions() []ui.Option {
	list := []ui.Option{{Label: "Any"}}
	for _, s := range []State{Open, Waiting, Snoozed, Closed} {
		list = append(list, ui.Option{Value: string(s), Label: s.label()})
	}
	return list
}
