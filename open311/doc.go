// Package open311 speaks Open311 GeoReport v2 with other programs, both ways.
//
// As a server it lists services, takes service requests and answers what became
// of them, in XML and JSON, under /open311/v2. As a client it hands cases to a
// back office that a council has already, and takes its updates.
//
// Its reader accepts what real servers send (numbers as strings, single objects
// for lists, dates in many forms, empty elements for null); its writer sends
// what the specification says and nothing else.
//
// Source: GeoReport v2, http://wiki.open311.org/GeoReport_v2, with the
// extensions for updates that FixMyStreet made (servicerequestupdates).
package open311
