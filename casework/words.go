package casework

import "strings"

// spoken is what citizens read of a case, in one language. In the sentences {ref}
// stands for the case's reference and {whose} for whom it belongs to.
type spoken struct {
	labels                              map[State]string
	opened, accepted, again, inProgress string
	done, whose, notOurs, oursAfterAll  string
	step, stepWhose                     string // beneath the label on the tracking page
}

var english = &spoken{
	labels:       map[State]string{Received: "Received", Accepted: "Accepted", InProgress: "In progress", Done: "Done", NotOurs: "Not ours"},
	opened:       "Thank you for telling us. This is now case {ref}. We will tell you here when something changes.",
	accepted:     "Case {ref}: we have accepted this and will deal with it. We will tell you here when something changes.",
	again:        "Case {ref}: we have taken this up again.",
	inProgress:   "Case {ref}: we are working on this now.",
	done:         "Case {ref}: this is done. If it is not right, tell us here and we will look at it again.",
	whose:        "Case {ref}: this is not the council’s to do. It belongs to {whose}. Please tell them, or ask us here if you need help with that.",
	notOurs:      "Case {ref}: this is not the council’s to do.",
	oursAfterAll: "Case {ref}: we were wrong, this is ours to deal with after all. We will tell you here when something changes.",
	step:         "Case {ref}",
	stepWhose:    "Case {ref}: it belongs to {whose}",
}

var welsh = &spoken{
	labels:       map[State]string{Received: "Cofnodwyd", Accepted: "Derbyniwyd", InProgress: "Ar y gweill", Done: "Wedi’i wneud", NotOurs: "Nid ein cyfrifoldeb ni"},
	opened:       "Diolch am roi gwybod i ni. Achos {ref} yw hwn bellach. Byddwn yn rhoi gwybod i chi yma pan fydd rhywbeth yn newid.",
	accepted:     "Achos {ref}: rydym wedi derbyn hyn a byddwn yn delio ag ef. Byddwn yn rhoi gwybod i chi yma pan fydd rhywbeth yn newid.",
	again:        "Achos {ref}: rydym wedi ailafael yn hyn.",
	inProgress:   "Achos {ref}: rydym yn gweithio ar hyn nawr.",
	done:         "Achos {ref}: mae hyn wedi’i wneud. Os nad yw’n iawn, dywedwch wrthym yma a byddwn yn edrych arno eto.",
	whose:        "Achos {ref}: nid gwaith y cyngor yw hyn. Mae’n perthyn i {whose}. Rhowch wybod iddyn nhw, neu gofynnwch i ni yma os oes angen help arnoch.",
	notOurs:      "Achos {ref}: nid gwaith y cyngor yw hyn.",
	oursAfterAll: "Achos {ref}: roeddem yn anghywir, ein gwaith ni yw hyn wedi’r cyfan. Byddwn yn rhoi gwybod i chi yma pan fydd rhywbeth yn newid.",
	step:         "Achos {ref}",
	stepWhose:    "Achos {ref}: mae’n perthyn i {whose}",
}

var gaelic = &spoken{
	labels:       map[State]string{Received: "Air a chlàradh", Accepted: "Air gabhail ris", InProgress: "A’ dol air adhart", Done: "Dèante", NotOurs: "Chan ann leinne a tha e"},
	opened:       "Tapadh leibh airson innse dhuinn. ’S e cùis {ref} a tha seo a-nis. Innsidh sinn dhuibh an seo nuair a dh’atharraicheas rud sam bith.",
	accepted:     "Cùis {ref}: tha sinn air gabhail ris an seo agus dèiligidh sinn ris. Innsidh sinn dhuibh an seo nuair a dh’atharraicheas rud sam bith.",
	again:        "Cùis {ref}: tha sinn air tòiseachadh air seo a-rithist.",
	inProgress:   "Cùis {ref}: tha sinn ag obair air seo an-dràsta.",
	done:         "Cùis {ref}: tha seo dèante. Mura h-eil e ceart, innsibh dhuinn an seo agus coimheadaidh sinn air a-rithist.",
	whose:        "Cùis {ref}: chan e obair na comhairle a tha seo. Buinidh e do {whose}. Innsibh dhaibhsan, no faighnichibh dhinn an seo ma tha cuideachadh a dhìth oirbh.",
	notOurs:      "Cùis {ref}: chan e obair na comhairle a tha seo.",
	oursAfterAll: "Cùis {ref}: bha sinn ceàrr, ’s e ar n-obair-ne a tha seo às dèidh sin. Innsidh sinn dhuibh an seo nuair a dh’atharraicheas rud sam bith.",
	step:         "Cùis {ref}",
	stepWhose:    "Cùis {ref}: buinidh e do {whose}",
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

// Says is what the citizen is told, unless the officer writes other words. It is
// said on their network, below their own message, so it needs no greeting.
func (s State) Says(language string, from State, reference, whose string) string {
	in := spokenIn(language)
	words := ""
	switch {
	case from == "":
		words = in.opened
	case s == Accepted:
		words = in.accepted
	case s == InProgress && from == Done:
		words = in.again
	case s == InProgress:
		words = in.inProgress
	case s == Done:
		words = in.done
	case s == NotOurs && whose != "":
		words = in.whose
	case s == NotOurs:
		words = in.notOurs
	case s == Received:
		words = in.oursAfterAll
	}
	return filled(words, reference, whose)
}

// Step is how a tracking page shows that a case came into this state.
func (s State) Step(language, reference, whose string) (title, text string) {
	in := spokenIn(language)
	if whose != "" {
		return in.labels[s], filled(in.stepWhose, reference, whose)
	}
	return in.labels[s], filled(in.step, reference, whose)
}
