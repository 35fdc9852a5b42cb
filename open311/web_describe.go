package open311

import (
	_ "embed"
	"net/http"

	"mercat.scot/mercat/platform/web"
)

// description is what the server says of itself, in OpenAPI 3.1. A test holds
// its answers to it.
//
//go:embed openapi.json
var description []byte

// describe serves the description.
func (s *Server) describe(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "application/openapi+json")
	w.Header().Set("Cache-Control", "public, max-age=300")
	w.Header().Set("Access-Control-Allow-Origin", "*") // it is public, and needs no cookie
	return web.Send(w, r, http.StatusOK, description)
}
