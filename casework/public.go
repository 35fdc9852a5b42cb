package casework

import "mercat.scot/mercat/directory"

// public reports whether everybody may see that there is the case: its service
// is offered to the public and nobody has hidden it.
func (c Case) public(service directory.Service) bool {
	return c.ServiceID != 0 && service.ID == c.ServiceID && service.Public && service.Active && !c.Hidden
}

func reportURL(reference string) string { return "/reports/" + reference }
