package app

import (
	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/network/webform"
)

// citizenPages is what the pages on which citizens follow their cases need.
func (a *App) citizenPages() casework.Citizen {
	return casework.Citizen{BaseURL: a.config.BaseURL, Photos: a.photos, Say: webform.FrameWords}
}
