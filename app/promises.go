package app

import (
	"context"
	"strings"

	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/expect"
)

// checkAnswer is how the desk reads an answer: for times that are sooner than nine
// in ten of such cases are done, and for phrases that hold people off.
func (a *App) checkAnswer(ctx context.Context, c desk.Conversation, body string) ([]desk.Remark, error) {
	holdings := expect.Holdings(body)
	l := a.dates.learned.Load()
	var promises []expect.Promise
	now := a.config.Now()
	if l != nil {
		promises = l.calendar.Promises(body, now)
	}
	if len(holdings) == 0 && len(promises) == 0 {
		return nil, nil
	}
	service, opened, err := a.about(ctx, c)
	if err != nil {
		return nil, err
	}
	o, known := l.outlook(service, opened, now)
	honest := o.Sentence(c.Language)
	var list []desk.Remark
	// What is said of one sentence is said at once: it is replaced as a whole.
	add := func(one desk.Remark) {
		for i := range list {
			if list[i].Sentence == one.Sentence {
				list[i].Text += " " + one.Text
				if len(one.Instead) > len(list[i].Instead) {
					list[i].Instead = one.Instead // it says who has it as well
				}
				return
			}
		}
		list = append(list, one)
	}
	if known {
		for _, p := range promises {
			if says := tooSoon(o, p); says != "" {
				add(desk.Remark{Text: says, Sentence: p.Sentence, Instead: honest})
			}
		}
	}
	team, err := a.teamOf(ctx, c)
	if err != nil {
		return nil, err
	}
	for _, h := range holdings {
		better := better(h.Lacks, c.Language, team, honest)
		if better != "" && strings.Contains(body, better) {
			better = "" // it stands there already
		}
		add(desk.Remark{Text: h.Says(), Sentence: h.Sentence, Instead: better})
	}
	return list, nil
}

// tooSoon is what is said of a promise that fewer than nine in ten keep, "" of one
// that they do.
func tooSoon(o expect.Outlook, p expect.Promise) string {
	wrote := "; you wrote “" + p.Words + "”."
	those := "these"
	if o.Waited >= 1 {
		those = "those that waited as long"
	}
	switch {
	case o.Most <= 0:
		return "Fewer than nine in ten of " + those + " are done within a year" + wrote
	case p.Days+0.5 >= o.Most || expect.Days(p.Days) >= expect.Days(o.Most):
		return ""
	case o.Waited >= 1:
		return "Nine in ten of " + those + " take up to another " + expect.DaysIn("en", expect.Days(o.Most)) + wrote
	}
	return "Nine in ten of " + those + " take up to " + expect.DaysIn("en", expect.Days(o.Most)) + wrote
}

func (a *App) teamOf(ctx context.Context, c desk.Conversation) (string, error) {
	roster, err := a.staff.Roster(ctx)
	if err != nil {
		return "", err
	}
	team, _ := roster.Team(c.TeamID)
	return team.Name, nil
}

// better is what can be said in the place of a phrase that holds somebody off, in
// their language: who has it, and when such things are done or that this is not
// known.
func better(lacks expect.Lack, language, team, honest string) string {
	base, _, _ := strings.Cut(strings.ToLower(language), "-")
	has, unknown := "This is with our team “{team}” now.", "We cannot say yet when it will be done. We will tell you here when something changes."
	switch base {
	case "cy":
		has, unknown = "Mae hyn gyda’n tîm “{team}” nawr.", "Ni allwn ddweud eto pryd y bydd wedi’i wneud. Byddwn yn rhoi gwybod i chi yma pan fydd rhywbeth yn newid."
	case "gd":
		has, unknown = "Tha seo aig an sgioba againn “{team}” a-nis.", "Chan urrainn dhuinn innse fhathast cuin a bhios e deiseil. Innsidh sinn dhuibh an seo nuair a dh’atharraicheas rud."
	}
	when := honest
	if when == "" {
		when = unknown
	}
	if lacks == expect.NoTime || team == "" {
		return when
	}
	return strings.ReplaceAll(has, "{team}", team) + " " + when
}
