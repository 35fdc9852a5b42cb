// Package directory is the council itself: its name and place, the services
// that it gives, the areas and teams that own them, and the gazetteer of its
// places.
//
// Services carry the numbers of the Local Government Service List (LGSL) and of
// the interaction list (LGIL), so that other systems know them.
//
// Tables: directory_council, directory_service, directory_area,
// directory_place, directory_generation.
// Paths: /settings/council, /settings/services, /settings/areas,
// /settings/places.
package directory
