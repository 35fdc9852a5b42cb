// Package directory is the council itself: its name and place, the services
// that it gives, the areas and teams that own them, and the gazetteer of its
// places.
//
// Services carry the numbers of the Local Government Service List (LGSL) and of
// the interaction list (LGIL), so that other systems know them.
//
// Each has what must be asked about it: Attributes, as in an Open311 service
// definition, in English, Welsh and Gaelic. Attributes.Validate is the one check
// of answers, wherever they come from.
//
// All of it is read as one Snapshot, which is kept in memory and known to be
// right by reading one row. Snapshot.Read recognises a service by the public's
// words for it and a place by its name: phrases of folded words in a trie, the
// longest at each place, so that reading a message takes some microseconds
// however many places there are.
//
// Tables: directory_council, directory_service, directory_area,
// directory_place, directory_generation.
// Paths: /settings/council, /settings/services, /settings/areas,
// /settings/places.
package directory
