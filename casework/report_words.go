package casework

// reportWords are what the public pages of reports say, in one language. {n} is
// a number.
type reportWords struct {
	*pageWords
	title, intro, filter, anyService, anyArea, anyState, show string
	report, what, near, state, since, others, none, noneFits  string
	next, first, mapTitle, mapNote, feed                      string
	one, notShown, meToo, meTooText, meTooThanks, meTooAgain  string
	also, alsoOne, new                                        string
	publicStates                                              map[State]string // for somebody who need not have reported it
	publicPassed                                              string
	outcomes, outcomesIntro, service, closed                  string
	unresolved, unfixed, reopened, noFigures, notKnown        string
	all, outcomesNote                                         string
	photosTitle, lookCloser, mapKeys                          string
}

var reportsEnglish = &reportWords{pageWords: pagesEnglish,
	title: "What people have reported", intro: "These are open: somebody has told us, and it is not done yet. Nothing that people wrote is shown, nor who they are.",
	filter: "Choose what to see", anyService: "Everything", anyArea: "Everywhere", anyState: "Every state", show: "Show",
	report: "Report", what: "What", near: "Near", state: "How far it is", since: "Since", others: "For how many", none: "Nothing is open at the moment.", noneFits: "Nothing open fits. Choose something else.",
	next: "Older reports", first: "Newest reports", mapTitle: "Map", mapNote: "Marks with a number stand for several reports. Everything on the map is in the table as well.", feed: "Follow this list as a feed",
	one: "Report", notShown: "This report is not shown to everybody.", meToo: "Me too", meTooText: "Does it trouble you as well? Then say so with one tap, instead of reporting it again.",
	meTooThanks: "Thank you. You are counted.", meTooAgain: "You were counted today already. Thank you.", also: "{n} more people have told us of it.", alsoOne: "One more person has told us of it.", new: "Report something else",
	publicStates: map[State]string{Received: "Somebody has told us. Nothing is decided yet.", NeedsInformation: "We have asked the person who told us for more.", Accepted: "We have looked at it and will deal with it.",
		Scheduled: "There is a day on which somebody comes.", InProgress: "Somebody is working on it.", Done: "We have finished with it.", NotOurs: "This is not the council’s to do.",
		Duplicate: "Somebody had told us of this already.", Withdrawn: "Nothing more is done about it."},
	photosTitle: "Photos", lookCloser: "{n} reports: look closer", mapKeys: "Arrow keys move the map, + and − zoom, and Tab goes from mark to mark.", publicPassed: "Nine in ten of these would be done by now. This one is taking longer.",
	outcomes: "What became of reports", outcomesIntro: "Closed does not always mean fixed. This is how often we closed something without doing what was asked, and how often people told us that it was not fixed.",
	service: "Service", closed: "Closed", unresolved: "Closed without being resolved", unfixed: "People said: not fixed", reopened: "Opened again", noFigures: "There are no figures yet.", notKnown: "not known", all: "All services",
	outcomesNote: "“Closed without being resolved” is a share of what was closed with a reason. The others are shares of what was closed.",
}

var reportsWelsh = &reportWords{pageWords: pagesWelsh,
	title: "Beth mae pobl wedi’i adrodd", intro: "Mae’r rhain ar agor: mae rhywun wedi dweud wrthym, ac nid yw wedi’i wneud eto. Ni ddangosir dim a ysgrifennodd pobl, na phwy ydynt.",
	filter: "Dewiswch beth i’w weld", anyService: "Popeth", anyArea: "Pobman", anyState: "Pob cyflwr", show: "Dangos",
	report: "Adroddiad", what: "Beth", near: "Ger", state: "Pa mor bell mae hi", since: "Ers", others: "I faint o bobl", none: "Nid oes dim ar agor ar hyn o bryd.", noneFits: "Nid oes dim agored yn cyfateb. Dewiswch rywbeth arall.",
	next: "Adroddiadau hŷn", first: "Adroddiadau diweddaraf", mapTitle: "Map", mapNote: "Mae marciau â rhif yn sefyll am sawl adroddiad. Mae popeth ar y map yn y tabl hefyd.", feed: "Dilynwch y rhestr hon fel ffrwd",
	one: "Adroddiad", notShown: "Ni ddangosir yr adroddiad hwn i bawb.", meToo: "Fi hefyd", meTooText: "Ydy hyn yn eich poeni chithau? Dywedwch hynny ag un tap, yn lle ei adrodd eto.",
	meTooThanks: "Diolch. Rydych wedi’ch cyfrif.", meTooAgain: "Cawsoch eich cyfrif heddiw yn barod. Diolch.", also: "Mae {n} o bobl eraill wedi dweud wrthym amdano.", alsoOne: "Mae un person arall wedi dweud wrthym amdano.", new: "Adrodd rhywbeth arall",
	publicStates: map[State]string{Received: "Mae rhywun wedi dweud wrthym. Nid oes dim wedi’i benderfynu eto.", NeedsInformation: "Rydym wedi gofyn am fwy gan y person a ddywedodd wrthym.", Accepted: "Rydym wedi edrych arno a byddwn yn delio ag ef.",
		Scheduled: "Mae diwrnod wedi’i drefnu i rywun ddod.", InProgress: "Mae rhywun yn gweithio arno.", Done: "Rydym wedi gorffen ag ef.", NotOurs: "Nid gwaith y cyngor yw hyn.",
		Duplicate: "Roedd rhywun wedi dweud wrthym am hyn yn barod.", Withdrawn: "Ni wneir dim mwy amdano."},
	photosTitle: "Lluniau", lookCloser: "{n} adroddiad: edrychwch yn agosach", mapKeys: "Mae’r bysellau saeth yn symud y map, + a − yn chwyddo, a Tab yn mynd o farc i farc.", publicPassed: "Byddai naw o bob deg o’r rhain wedi’u gwneud erbyn hyn. Mae hwn yn cymryd mwy o amser.",
	outcomes: "Beth ddigwyddodd i adroddiadau", outcomesIntro: "Nid yw wedi’i gau bob amser yn golygu wedi’i drwsio. Dyma pa mor aml y caeasom rywbeth heb wneud yr hyn a ofynnwyd, a pha mor aml y dywedodd pobl nad oedd wedi’i drwsio.",
	service: "Gwasanaeth", closed: "Wedi cau", unresolved: "Wedi cau heb ei ddatrys", unfixed: "Dywedodd pobl: heb ei drwsio", reopened: "Wedi’i ailagor", noFigures: "Nid oes ffigurau eto.", notKnown: "ddim yn hysbys", all: "Pob gwasanaeth",
	outcomesNote: "Cyfran o’r hyn a gaewyd gyda rheswm yw “Wedi cau heb ei ddatrys”. Cyfrannau o’r hyn a gaewyd yw’r lleill.",
}

var reportsGaelic = &reportWords{pageWords: pagesGaelic,
	title: "Na tha daoine air aithris", intro: "Tha iad seo fosgailte: tha cuideigin air innse dhuinn, agus chan eil e dèante fhathast. Chan eilear a’ sealltainn dad a sgrìobh daoine, no cò iad.",
	filter: "Tagh dè chì thu", anyService: "A h-uile càil", anyArea: "Anns gach àite", anyState: "A h-uile staid", show: "Seall",
	report: "Aithris", what: "Dè", near: "Faisg air", state: "Dè cho fad ’s a tha e", since: "Bho", others: "Airson cia mheud", none: "Chan eil dad fosgailte an-dràsta.", noneFits: "Chan eil dad fosgailte a’ freagairt. Tagh rudeigin eile.",
	next: "Aithrisean nas sine", first: "Na h-aithrisean as ùire", mapTitle: "Mapa", mapNote: "Tha comharran le àireamh a’ seasamh airson grunn aithrisean. Tha a h-uile càil air a’ mhapa sa chlàr cuideachd.", feed: "Lean an liosta seo mar inbhir",
	one: "Aithris", notShown: "Chan eilear a’ sealltainn na h-aithris seo dhan a h-uile duine.", meToo: "Mise cuideachd", meTooText: "A bheil e a’ cur dragh oirbhse cuideachd? Innsibh sin le aon bhrùthadh, an àite aithris a-rithist.",
	meTooThanks: "Tapadh leibh. Tha sibh air ur cunntadh.", meTooAgain: "Chaidh ur cunntadh an-diugh mu thràth. Tapadh leibh.", also: "Dh’innis {n} eile dhuinn mu dheidhinn.", alsoOne: "Dh’innis aon duine eile dhuinn mu dheidhinn.", new: "Innsibh dhuinn mu rud eile",
	publicStates: map[State]string{Received: "Tha cuideigin air innse dhuinn. Cha deach dad a cho-dhùnadh fhathast.", NeedsInformation: "Dh’iarr sinn barrachd air an neach a dh’innis dhuinn.", Accepted: "Tha sinn air coimhead air agus dèiligidh sinn ris.",
		Scheduled: "Tha latha air a chur air dòigh airson cuideigin tighinn.", InProgress: "Tha cuideigin ag obair air.", Done: "Tha sinn deiseil leis.", NotOurs: "Chan e obair na comhairle a tha seo.",
		Duplicate: "Bha cuideigin air innse dhuinn mu dheidhinn seo mu thràth.", Withdrawn: "Chan eilear a’ dèanamh sìon a bharrachd mu dheidhinn."},
	photosTitle: "Dealbhan", lookCloser: "{n} aithrisean: seall nas fhaisge", mapKeys: "Gluaisidh na h-iuchraichean saighde am mapa, sùmaidh + agus −, agus thèid Tab bho chomharra gu comharra.", publicPassed: "Bhiodh naoi às gach deich dhiubh seo deiseil a-nis. Tha an tè seo a’ toirt nas fhaide.",
	outcomes: "Na thachair do dh’aithrisean", outcomesIntro: "Chan eil dùinte an-còmhnaidh a’ ciallachadh càirichte. Seo cho tric ’s a dhùin sinn rud gun na chaidh iarraidh a dhèanamh, agus cho tric ’s a dh’innis daoine dhuinn nach robh e air a chàradh.",
	service: "Seirbheis", closed: "Dùinte", unresolved: "Dùinte gun fhuasgladh", unfixed: "Thuirt daoine: gun chàradh", reopened: "Fosgailte a-rithist", noFigures: "Chan eil figearan ann fhathast.", notKnown: "gun fhios", all: "A h-uile seirbheis",
	outcomesNote: "’S e roinn de na chaidh a dhùnadh le adhbhar a tha ann an “Dùinte gun fhuasgladh”. ’S e roinnean de na chaidh a dhùnadh a tha sa chòrr.",
}

// reportsIn are the words in a language (BCP 47); English where there are none.
func reportsIn(language string) *reportWords {
	switch languageOf(language) {
	case inWelsh:
		return reportsWelsh
	case inGaelic:
		return reportsGaelic
	}
	return reportsEnglish
}
