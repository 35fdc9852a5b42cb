package casework

import (
	"strings"
	"time"
)

// spoken is what citizens read of a case, in one language. In the sentences {ref}
// stands for the case's reference, {whose} for whom it belongs to and {day} for
// the day on which somebody comes.
type spoken struct {
	labels                              map[State]string
	opened, accepted, again, inProgress string
	done, whose, notOurs, oursAfterAll  string
	asked, scheduled, closed            string
	duplicate, withdrawn, reopened      string
	step, stepWhose                     string // beneath the label on the tracking page
	expected, expectedMost              string // {half} and {most} are days
}

var english = &spoken{
	labels: map[State]string{Received: "Received", NeedsInformation: "Needs information", Accepted: "Accepted", Scheduled: "Scheduled", InProgress: "In progress",
		Done: "Done", NotOurs: "Not ours", Duplicate: "Duplicate", Withdrawn: "Withdrawn"},
	opened:       "Thank you for telling us. This is now case {ref}. We will tell you here when something changes.\n\n{expected}\n\nYou can follow it and tell us more here: {link}",
	accepted:     "Case {ref}: we have accepted this and will deal with it. We will tell you here when something changes.",
	again:        "Case {ref}: we have taken this up again.",
	inProgress:   "Case {ref}: we are working on this now.",
	done:         "Case {ref}: this is done. If it is not right, tell us here and we will look at it again.\n\nIs it fixed? Tell us with one tap: {link}",
	whose:        "Case {ref}: this is not the council’s to do. It belongs to {whose}. Please tell them, or ask us here if you need help with that.",
	notOurs:      "Case {ref}: this is not the council’s to do.",
	oursAfterAll: "Case {ref}: we were wrong, this is ours to deal with after all. We will tell you here when something changes.",
	asked:        "Case {ref}: we need to know a little more before we can go on. Please tell us here.",
	scheduled:    "Case {ref}: we plan to come on {day}. We will tell you here if that changes.",
	closed:       "Case {ref}: we have looked at this and closed it. If you think that is wrong, tell us here and we will look again.\n\nYou can tell us with one tap: {link}",
	duplicate:    "Case {ref}: somebody has told us of this already, and we are dealing with it. We have joined your report to theirs, and will tell you here when something changes.",
	withdrawn:    "Case {ref}: we have closed this. If you still need it, tell us here.",
	reopened:     "Case {ref}: thank you for telling us that this is not right. We have opened it again.",
	step:         "Case {ref}",
	stepWhose:    "Case {ref}: it belongs to {whose}",
	expected:     "Half of these are done by {half}, nine in ten by {most}.", expectedMost: "Nine in ten of these are done by {most}.",
}

var welsh = &spoken{
	labels: map[State]string{Received: "Cofnodwyd", NeedsInformation: "Angen gwybodaeth", Accepted: "Derbyniwyd", Scheduled: "Wedi’i drefnu", InProgress: "Ar y gweill",
		Done: "Wedi’i wneud", NotOurs: "Nid ein cyfrifoldeb ni", Duplicate: "Dyblyg", Withdrawn: "Tynnwyd yn ôl"},
	opened:       "Diolch am roi gwybod i ni. Achos {ref} yw hwn bellach. Byddwn yn rhoi gwybod i chi yma pan fydd rhywbeth yn newid.\n\n{expected}\n\nGallwch ei ddilyn a dweud mwy wrthym yma: {link}",
	accepted:     "Achos {ref}: rydym wedi derbyn hyn a byddwn yn delio ag ef. Byddwn yn rhoi gwybod i chi yma pan fydd rhywbeth yn newid.",
	again:        "Achos {ref}: rydym wedi ailafael yn hyn.",
	inProgress:   "Achos {ref}: rydym yn gweithio ar hyn nawr.",
	done:         "Achos {ref}: mae hyn wedi’i wneud. Os nad yw’n iawn, dywedwch wrthym yma a byddwn yn edrych arno eto.\n\nYdy hyn wedi’i drwsio? Dywedwch wrthym ag un tap: {link}",
	whose:        "Achos {ref}: nid gwaith y cyngor yw hyn. Mae’n perthyn i {whose}. Rhowch wybod iddyn nhw, neu gofynnwch i ni yma os oes angen help arnoch.",
	notOurs:      "Achos {ref}: nid gwaith y cyngor yw hyn.",
	oursAfterAll: "Achos {ref}: roeddem yn anghywir, ein gwaith ni yw hyn wedi’r cyfan. Byddwn yn rhoi gwybod i chi yma pan fydd rhywbeth yn newid.",
	asked:        "Achos {ref}: mae angen i ni wybod ychydig mwy cyn y gallwn fwrw ymlaen. Dywedwch wrthym yma.",
	scheduled:    "Achos {ref}: rydym yn bwriadu dod ar {day}. Byddwn yn rhoi gwybod i chi yma os bydd hynny’n newid.",
	closed:       "Achos {ref}: rydym wedi edrych ar hyn a’i gau. Os ydych yn meddwl bod hynny’n anghywir, dywedwch wrthym yma a byddwn yn edrych eto.\n\nGallwch ddweud wrthym ag un tap: {link}",
	duplicate:    "Achos {ref}: mae rhywun wedi dweud wrthym am hyn yn barod, ac rydym yn delio ag ef. Rydym wedi cysylltu eich adroddiad â’u hadroddiad nhw, a byddwn yn rhoi gwybod i chi yma pan fydd rhywbeth yn newid.",
	withdrawn:    "Achos {ref}: rydym wedi cau hwn. Os oes ei angen arnoch o hyd, dywedwch wrthym yma.",
	reopened:     "Achos {ref}: diolch am ddweud wrthym nad yw hyn yn iawn. Rydym wedi’i ailagor.",
	step:         "Achos {ref}",
	stepWhose:    "Achos {ref}: mae’n perthyn i {whose}",
	expected:     "Mae hanner y rhain wedi’u gwneud erbyn {half}, naw o bob deg erbyn {most}.", expectedMost: "Mae naw o bob deg o’r rhain wedi’u gwneud erbyn {most}.",
}

var gaelic = &spoken{
	labels: map[State]string{Received: "Air a chlàradh", NeedsInformation: "Feum air fiosrachadh", Accepted: "Air gabhail ris", Scheduled: "Air a chur air dòigh", InProgress: "A’ dol air adhart",
		Done: "Dèante", NotOurs: "Chan ann leinne a tha e", Duplicate: "Dùblachadh", Withdrawn: "Air a tharraing air ais"},
	opened:       "Tapadh leibh airson innse dhuinn. ’S e cùis {ref} a tha seo a-nis. Innsidh sinn dhuibh an seo nuair a dh’atharraicheas rud sam bith.\n\n{expected}\n\nFaodaidh sibh a leantainn agus barrachd innse dhuinn an seo: {link}",
	accepted:     "Cùis {ref}: tha sinn air gabhail ris an seo agus dèiligidh sinn ris. Innsidh sinn dhuibh an seo nuair a dh’atharraicheas rud sam bith.",
	again:        "Cùis {ref}: tha sinn air tòiseachadh air seo a-rithist.",
	inProgress:   "Cùis {ref}: tha sinn ag obair air seo an-dràsta.",
	done:         "Cùis {ref}: tha seo dèante. Mura h-eil e ceart, innsibh dhuinn an seo agus coimheadaidh sinn air a-rithist.\n\nA bheil e air a chàradh? Innsibh dhuinn le aon bhrùthadh: {link}",
	whose:        "Cùis {ref}: chan e obair na comhairle a tha seo. Buinidh e do {whose}. Innsibh dhaibhsan, no faighnichibh dhinn an seo ma tha cuideachadh a dhìth oirbh.",
	notOurs:      "Cùis {ref}: chan e obair na comhairle a tha seo.",
	oursAfterAll: "Cùis {ref}: bha sinn ceàrr, ’s e ar n-obair-ne a tha seo às dèidh sin. Innsidh sinn dhuibh an seo nuair a dh’atharraicheas rud sam bith.",
	asked:        "Cùis {ref}: feumaidh sinn beagan a bharrachd fhaighinn a-mach mus urrainn dhuinn leantainn air adhart. Innsibh dhuinn an seo.",
	scheduled:    "Cùis {ref}: tha sinn an dùil tighinn air {day}. Innsidh sinn dhuibh an seo ma dh’atharraicheas sin.",
	closed:       "Cùis {ref}: tha sinn air coimhead air seo agus air a dhùnadh. Ma tha sibh den bheachd gu bheil sin ceàrr, innsibh dhuinn an seo agus coimheadaidh sinn air a-rithist.\n\nFaodaidh sibh innse dhuinn le aon bhrùthadh: {link}",
	duplicate:    "Cùis {ref}: dh’innis cuideigin dhuinn mu dheidhinn seo mu thràth, agus tha sinn a’ dèiligeadh ris. Chuir sinn an aithris agaibh còmhla ris an tè acasan, agus innsidh sinn dhuibh an seo nuair a dh’atharraicheas rud sam bith.",
	withdrawn:    "Cùis {ref}: tha sinn air seo a dhùnadh. Ma tha feum agaibh air fhathast, innsibh dhuinn an seo.",
	reopened:     "Cùis {ref}: tapadh leibh airson innse dhuinn nach eil seo ceart. Tha sinn air fhosgladh a-rithist.",
	step:         "Cùis {ref}",
	stepWhose:    "Cùis {ref}: buinidh e do {whose}",
	expected:     "Bidh leth dhiubh seo deiseil ro {half}, agus naoi às gach deich ro {most}.", expectedMost: "Bidh naoi às gach deich dhiubh seo deiseil ro {most}.",
}

// spokenIn are the words in a language (BCP 47); English where there are none.
func spokenIn(language string) *spoken {
	base, _, _ := strings.Cut(strings.ToLower(language), "-")
	switch base {
	case "cy":
		return welsh
	case "gd":
		return gaelic
	}
	return english
}

func filled(words, reference, whose string) string {
	return strings.NewReplacer("{ref}", reference, "{whose}", whose).Replace(words)
}

// Saying is what the usual words depend on.
type Saying struct {
	Language  string // of the citizen, BCP 47
	From, To  State
	Reason    Reason
	Reference string
	Whose     string
	At        time.Time // of Scheduled, in the council's time zone
}

// Says is what the citizen is told, unless the officer writes other words. It is
// said on their network, below their own message, so it needs no greeting.
func (m Saying) Says() string {
	in := spokenIn(m.Language)
	if m.To == NotOurs && m.Whose == "" {
		return m.fill(in.notOurs)
	}
	return m.fill(in.of(m.occasion()))
}

// day is the day of m.At as it is written in every language: 3/12/2026. The mark
// stands while no day is set, so that an officer sees where it goes.
func (m Saying) day() string {
	if m.At.IsZero() {
		return "{day}"
	}
	return m.At.Format("2/1/2006")
}

// Step is how a tracking page shows that a case came into this state.
func (s State) Step(language, reference, whose string) (title, text string) {
	in := spokenIn(language)
	if whose != "" {
		return in.labels[s], filled(in.stepWhose, reference, whose)
	}
	return in.labels[s], filled(in.step, reference, whose)
}
