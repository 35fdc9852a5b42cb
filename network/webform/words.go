package webform

import (
	"fmt"
	"time"
)

// language is one of those in which the public pages speak.
type language string

const (
	langEnglish language = "en"
	langWelsh   language = "cy"
	langGaelic  language = "gd"
)

// languages are all of them, in the order of the switch, each in its own name.
var languages = []struct {
	code language
	name string
}{{langEnglish, "English"}, {langWelsh, "Cymraeg"}, {langGaelic, "Gàidhlig"}}

// languageFor returns the language that was asked for, or otherwise.
func languageFor(asked string, otherwise language) language {
	for _, l := range languages {
		if string(l.code) == asked {
			return l.code
		}
	}
	return otherwise
}

// words are what the public pages say, in one language. Those that end with F
// are formats.
type words struct {
	Language       language
	LanguageSwitch string
	Months         [12]string
	MomentF        string // day, month, year, clock

	FormTitle, FormIntro         string
	About, Choose                string
	SomethingElse, JustAQuestion string
	Message, MessageHint         string
	Place, PlaceHint             string
	Photos, PhotosHint           string
	PhotoPosition, PhotoPosHint  string
	KeptPhotos, KeptPhotosHint   string
	PhotoF, LeaveOutF            string
	Contact, ContactHint         string
	Name, Email, Phone           string
	Send                         string
	WrittenBefore, OpenYourPage  string
	LeaveEmpty                   string
	QuestionsTitle, AnswerFirst  string
	Optional                     string

	Problem            string
	ErrAbout           string
	ErrMessage         string
	ErrMessageLongF    string // have, most
	ErrAnswerF         string // question; the same for the next four
	ErrNumberF         string
	ErrDayF            string
	ErrChoiceF         string
	ErrAnswerLongF     string
	ErrTextLong        string
	ErrPlace           string
	ErrPoint           string
	ErrPhotoPlace      string
	ErrEmail           string
	ErrPhone           string
	ErrName            string
	ErrPhotosMany      string
	ErrPhotosNotNow    string
	ErrPhotoF          string // file name
	ErrPhotoLargeF     string // file name
	ErrPhotoHEICF      string // file name
	ErrAllTooLarge     string
	ErrCutOff          string
	ErrToken           string
	ErrHoneypot        string
	ErrTooManyF        string // minutes
	ErrTryAgain        string
	ErrFull            string
	ErrChanged         string
	Closed, ClosedText string

	SentTitle      string
	SentReference  string
	SentTelephone  string
	NextTitle      string
	NextRead       string
	NextAnswer     string
	NextSteps      string
	LinkTitle      string
	LinkText       string
	LinkKeep       string
	OpenPage       string
	Copy, Copied   string
	PageTitle      string
	PageReference  string
	PagePrivate    string
	StepsTitle     string
	StepReceived   string
	MessagesTitle  string
	You            string
	TheCouncil     string
	Removed        string
	NoAnswerYet    string
	NewMessage     string
	WriteAgain     string
	WriteAgainHint string
	SendAgain      string
	Added          string
	FileF          string
	EnterTitle     string
	EnterText      string
	EnterLabel     string
	EnterHint      string
	EnterOpen      string
	ErrReference   string
	ErrShort       string
	ErrUnknown     string
	NotFoundTitle  string
	NotFoundText   string
	ErrGuesses     string

	// Components are the sentences of ui's components, by the English ones.
	Components map[string]string
}

// moment writes a day and a time of day in the pages' language.
func (w *words) moment(t time.Time, zone *time.Location) string {
	t = t.In(zone)
	return fmt.Sprintf(w.MomentF, t.Day(), w.Months[t.Month()-1], t.Year(), t.Format("15:04"))
}

// lang is the language for the page's html element.
func (w *words) lang() string {
	if w.Language == langEnglish {
		return "en-GB"
	}
	return string(w.Language)
}

// component is a sentence of ui's components in the pages' language, "" when it
// is the English one.
func (w *words) component(english string) string { return w.Components[english] }

// in returns the words of a language.
func in(l language) *words {
	switch l {
	case langWelsh:
		return welsh
	case langGaelic:
		return gaelic
	}
	return english
}

// FrameWords is a sentence of the pages' frame and components in a language
// ("cy", "gd"), "" when it is the English one: for other public pages.
func FrameWords(code, english string) string { return in(language(code)).component(english) }
