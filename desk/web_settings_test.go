package desk

import (
	"net/http"
	"testing"
)

func TestTheFormOfAnAccountSpeaksOfItsOwnNetwork(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		b := s.as(t, s.admin)
		b.get("/settings/accounts/new?network="+string(toldKind)).want(http.StatusOK).
			says("Name of the account", "such as “Roads, Told”.").silent("Bluesky")
		b.post("/settings/accounts", "network", string(toldKind), "name", "", "option_password", "open sesame").want(http.StatusUnprocessableEntity).
			says("so that people can tell it from others, such as “Roads, Told”.").silent("Bluesky")
	})
}
