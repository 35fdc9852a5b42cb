package casework

import "strings"

// pageWords are what the pages for citizens say, in one language. {half}, {most},
// {whose}, {day} and {n} are filled in.
type pageWords struct {
	code, lang     string // "cy", and as the page's html element has it
	languageSwitch string
	problem        string // title of what is wrong with a form

	title, private, about, where, asset, reported string
	yourWords, yourPhotos, crewBefore, crewAfter  string
	standsTitle, stepsTitle                       string
	states                                        map[State]string  // what each state means
	reasons                                       map[Reason]string // why it was closed
	whose, scheduled, joined                      string
	expected                                      string
	passed                                        string // the expected day is over

	fixedTitle, fixedText, yes, no     string
	noTitle, noHint, noPhotos          string
	saidFixed, saidUnfixed, changeMind string
	thanksFixed, thanksUnfixed         string
	tooLate, notClosed                 string

	moreTitle, moreHint, moreLabel, photos, photosHint, send, sent, elsewhere string
	newsTitle, newsOn, newsOff, stopNews, startNews, newsStopped, newsStarted string
	photo                                                                     string

	needTitle, needText, sendAnswers, answersSent, optional, choose string
	errAnswers, errNumber, errDay, errChoice, errLong               string

	lostTitle, lostText, wrongTitle, wrongText, tooMany string
	errWords, errPhoto, errPhotoLarge, errPhotosMany    string
	errPhotosNotNow, errChanged, errTooLarge            string
	photosAgain                                         string
}

var pagesEnglish = &pageWords{
	code: inEnglish, lang: "en-GB", languageSwitch: "Language", problem: "There is a problem",
	title: "Your report", private: "Only somebody who has the address of this page can see it. Keep it to yourself.",
	about: "About", where: "Where", asset: "Number of the thing", reported: "Reported",
	yourWords: "What we were told", yourPhotos: "Photos", crewBefore: "Photos from before the work", crewAfter: "Photos from after the work",
	standsTitle: "How far it is", stepsTitle: "What has happened",
	states: map[State]string{
		Received: "We have your report. Nobody has decided anything about it yet.", NeedsInformation: "We need to know a little more from you before we can go on.",
		Accepted: "We have looked at it and will deal with it.", Scheduled: "There is a day on which somebody comes.", InProgress: "Somebody is working on it.",
		Done: "We have finished with it.", NotOurs: "This is not the council’s to do.", Duplicate: "Somebody had told us of this already. Your report is joined to theirs.",
		Withdrawn: "Nothing more is done about it.",
	},
	reasons: map[Reason]string{
		Fixed: "What you asked for was done.", Advised: "We answered you, or gave advice.", MadeSafe: "We made it safe, but did not repair it.",
		NothingFound: "We looked, and found nothing wrong.", BelowStandard: "We looked. It is not bad enough for us to act now.",
		NoMoney: "There is no money or no plan to do it.", ByCitizen: "You told us that it is not needed any more.", NoReply: "We asked you something and had no reply.", Mistake: "It was opened by mistake.",
	},
	whose: "It belongs to {whose}.", scheduled: "We plan to come on {day}.", joined: "How far the case is that it is joined to:",
	expected: "Half of these are done by {half}, nine in ten by {most}.", passed: "Nine in ten of these would be done by now. Yours is taking longer.",
	fixedTitle: "Is it fixed?", fixedText: "We have closed this. Tell us if it is really fixed. “No” opens it again for the same team.",
	yes: "Yes, it is fixed", no: "No, it is not fixed", noTitle: "If it is not: what is wrong?", noHint: "You need not write anything.", noPhotos: "A photo of how it is now",
	saidFixed: "You told us that it is fixed.", saidUnfixed: "You told us that it is not fixed.", changeMind: "You can still change your answer.",
	thanksFixed: "Thank you. We have noted that it is fixed.", thanksUnfixed: "Thank you for telling us. It is open again, and the team sees that it is not fixed.",
	tooLate:   "This was closed more than 60 days ago, so it is not opened again by a tap. If it is still not right, tell us more below and somebody will look.",
	notClosed: "It is open at the moment, so there is nothing to answer here.",
	moreTitle: "Tell us more", moreHint: "What you write here goes to the people who deal with it.", moreLabel: "Your message", photos: "Photos (optional)",
	photosHint: "Up to 4 photos, JPEG, PNG, GIF or WebP, of 12 MB each at most.", send: "Send", sent: "Thank you. We have your message.",
	elsewhere: "This report came to us from another website or app. To tell us more, write to us there.",
	newsTitle: "News about this report", newsOn: "We tell you where you wrote to us when something changes.", newsOff: "You get no more news. This page shows how far it is all the same.",
	stopNews: "No more news about this", startNews: "Tell me again when something changes", newsStopped: "You will get no more news about this.", newsStarted: "We will tell you again when something changes.",
	needTitle: "What we need to know", needText: "Please answer what you can. Your answers go to the people who deal with it.", sendAnswers: "Send answers",
	answersSent: "Thank you. Your answers are with the people who deal with it.", optional: "(optional)", choose: "Choose one",
	errAnswers: "Answer at least one of the questions.", errNumber: "Enter a number, like 12 or 2.5:", errDay: "Enter a day, like 31/3/2026:",
	errChoice: "Choose one of the answers:", errLong: "Shorten your answer:",
	photo:     "Photo {n}",
	lostTitle: "There is no such page", lostText: "This address is not known. Copy it whole from our message: it is long, and the last letter counts.",
	wrongTitle: "The address is not quite right", wrongText: "One or two letters or numbers in it are wrong or changed places. Check it against our message, letter by letter.",
	tooMany:  "There were too many tries from where you are. Wait a few minutes and try again.",
	errWords: "Write something, or choose a photo.", errPhoto: "This photo cannot be read. Choose a JPEG, PNG, GIF or WebP.", errPhotoLarge: "This photo is too large. Choose one of 12 MB at most.",
	errPhotosMany: "These are too many photos. Choose 4 at most.", errPhotosNotNow: "Photos cannot be taken here at the moment. Send your words without them.",
	errChanged: "This form was sent already. Your words are below; send them again if they are new.", errTooLarge: "This is too much at once. Send fewer or smaller photos.",
	photosAgain: "Please choose your photos again.",
}

// pagesIn are the words in a language (BCP 47); English where there are none.
func pagesIn(language string) *pageWords {
	switch languageOf(language) {
	case inWelsh:
		return pagesWelsh
	case inGaelic:
		return pagesGaelic
	}
	return pagesEnglish
}

func with1(words, mark, value string) string { return strings.ReplaceAll(words, mark, value) }
