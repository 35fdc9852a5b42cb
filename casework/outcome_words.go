package casework

// outcomeWords are what the public pages of figures say beyond reportWords, in one
// language. {n} is a number, {share} a percentage, {service} and {council} names,
// {day} a day, {promise} the council's own words.
type outcomeWords struct {
	*reportWords
	half, most, waiting, kept, days        string
	how, keptTitle, told, standard, noWord string
	byTitle, byDays, byShare               string
	never, fewer, tooFew, computed         string
	noLearning, forPrograms, back, note    string
}

var outcomesEnglish = &outcomeWords{reportWords: reportsEnglish,
	half: "Half are done within", most: "Nine in ten are done within", waiting: "Waiting now", kept: "We kept our word", days: "working days",
	how: "{service}: how long it takes", keptTitle: "How often we kept our word",
	told:     "Of {n} reports whose senders were told a day by which nine in ten are done, {share} were done by that day.",
	standard: "Of {n} reports for which our promised time was over, {share} were done within it.",
	noWord:   "Too few reports are old enough to say how often we kept our word.",
	byTitle:  "How many are done by when", byDays: "Within", byShare: "Done, of 100",
	never: "Never resolved, of 100", fewer: "fewer than {n}", tooFew: "too few to say",
	computed:    "Computed on {day} at {time} by {council}, with Mercat, from {n} reports made since {since}; those that are still open count for as long as they have waited.",
	noLearning:  "Too few reports of this service were done by now to say how long it takes.",
	note:        "Shares of fewer than {n} reports are not shown. Figures of our word are of the last year; reports that were not for us, or that somebody had told us of already, are not among them.",
	forPrograms: "The same figures for reuse: {csv} or {json}", back: "All services",
}

var outcomesWelsh = &outcomeWords{reportWords: reportsWelsh,
	half: "Hanner wedi’u gwneud o fewn", most: "Naw o bob deg wedi’u gwneud o fewn", waiting: "Yn aros nawr", kept: "Fe gadwom ein gair", days: "diwrnod gwaith",
	how: "{service}: faint o amser mae’n ei gymryd", keptTitle: "Pa mor aml y cadwom ein gair",
	told:     "O {n} o adroddiadau lle dywedwyd wrth yr anfonwr erbyn pa ddiwrnod y mae naw o bob deg wedi’u gwneud, gwnaed {share} erbyn y diwrnod hwnnw.",
	standard: "O {n} o adroddiadau yr oedd ein hamser addawedig ar eu cyfer ar ben, gwnaed {share} o fewn yr amser hwnnw.",
	noWord:   "Mae rhy ychydig o adroddiadau’n ddigon hen i ddweud pa mor aml y cadwom ein gair.",
	byTitle:  "Faint sydd wedi’u gwneud erbyn pryd", byDays: "O fewn", byShare: "Wedi’u gwneud, o bob 100",
	never: "Byth yn cael eu datrys, o bob 100", fewer: "llai na {n}", tooFew: "rhy ychydig i’w ddweud",
	computed:    "Cyfrifwyd ar {day} am {time} gan {council}, gyda Mercat, o {n} o adroddiadau a wnaed ers {since}; mae’r rhai sydd ar agor o hyd yn cyfrif am ba mor hir y maent wedi aros.",
	noLearning:  "Mae rhy ychydig o adroddiadau’r gwasanaeth hwn wedi’u gwneud hyd yma i ddweud faint o amser mae’n ei gymryd.",
	note:        "Ni ddangosir cyfrannau o lai na {n} o adroddiadau. Mae ffigurau ein gair am y flwyddyn ddiwethaf; nid yw adroddiadau nad oeddent i ni, neu yr oedd rhywun wedi dweud wrthym amdanynt yn barod, yn eu plith.",
	forPrograms: "Yr un ffigurau i’w hailddefnyddio: {csv} neu {json}", back: "Pob gwasanaeth",
}

var outcomesGaelic = &outcomeWords{reportWords: reportsGaelic,
	half: "Tha leth deiseil taobh a-staigh", most: "Tha naoi às gach deich deiseil taobh a-staigh", waiting: "A’ feitheamh an-dràsta", kept: "Chùm sinn ar facal", days: "làithean-obrach",
	how: "{service}: dè cho fada ’s a bheir e", keptTitle: "Dè cho tric ’s a chùm sinn ar facal",
	told:     "De {n} aithrisean far an deach latha innse ron tèid naoi às gach deich a dhèanamh, bha {share} deiseil ron latha sin.",
	standard: "De {n} aithrisean far an robh an ùine a gheall sinn seachad, bha {share} deiseil taobh a-staigh na h-ùine sin.",
	noWord:   "Tha ro bheag de dh’aithrisean sean gu leòr airson innse dè cho tric ’s a chùm sinn ar facal.",
	byTitle:  "Cia mheud a tha deiseil ro àm", byDays: "Taobh a-staigh", byShare: "Deiseil, às gach 100",
	never: "Gun fhuasgladh gu bràth, às gach 100", fewer: "nas lugha na {n}", tooFew: "ro bheag airson innse",
	computed:    "Air obrachadh a-mach air {day} aig {time} le {council}, le Mercat, o {n} aithrisean a rinneadh bho {since}; tha an fheadhainn a tha fosgailte fhathast a’ cunntadh airson na h-ùine a dh’fheith iad.",
	noLearning:  "Tha ro bheag de dh’aithrisean na seirbheis seo deiseil gu ruige seo airson innse dè cho fada ’s a bheir e.",
	note:        "Chan eilear a’ sealltainn roinnean de nas lugha na {n} aithrisean. Tha figearan ar facail airson na bliadhna a chaidh seachad; chan eil aithrisean nach robh dhuinne, no air an robh cuideigin air innse dhuinn mu thràth, nam measg.",
	forPrograms: "Na h-aon fhigearan airson ath-chleachdadh: {csv} no {json}", back: "Gach seirbheis",
}

// outcomesIn are the words in a language (BCP 47).
func outcomesIn(language string) *outcomeWords {
	switch languageOf(language) {
	case inWelsh:
		return outcomesWelsh
	case inGaelic:
		return outcomesGaelic
	}
	return outcomesEnglish
}
