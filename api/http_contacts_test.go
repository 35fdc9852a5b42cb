package api

import (
	"testing"
	"time"

	"mercat.scot/mercat/staff"
)

func TestAProgramWritesACallDown(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.program(staff.ReadContacts, staff.WriteContacts, staff.ReadConversations)
		call := `{"channel":"call","outcome":"owed","words":"A pothole in Tolbooth Wynd","name":"Ailsa Rennie","phone":"01631 555 0142","minutes":4}`
		var c, again ConversationView
		made := p.send("POST", "/api/v1/contacts", call, "Idempotency-Key", "call-1")
		made.into(t, 201, &c)
		if c.Network != "phone" || c.State != "open" || c.ServiceID != number(h.service) || made.header.Get("Location") != "/api/v1/conversations/"+c.ID {
			t.Errorf("%+v, %v", c, made.header)
		}
		p.send("POST", "/api/v1/contacts", call, "Idempotency-Key", "call-1").into(t, 201, &again)
		if again.ID != c.ID {
			t.Errorf("written down twice: %s, %s", c.ID, again.ID)
		}
		p.send("POST", "/api/v1/contacts", `{"channel":"call","outcome":"answered","words":"Another"}`, "Idempotency-Key", "call-1").into(t, 409, nil)
		p.send("POST", "/api/v1/contacts", `{"channel":"call","outcome":"answered"}`).into(t, 422, nil)
		p.send("POST", "/api/v1/contacts", `{"channel":"telepathy","outcome":"answered","words":"x"}`).into(t, 422, nil)
		p.send("POST", "/api/v1/contacts", `{"channel":"call","outcome":"answered","words":"x","person_id":"77"}`).into(t, 422, nil)
		h.clock.Advance(time.Minute)
		p.send("POST", "/api/v1/contacts", `{"channel":"letter","outcome":"answered","words":"Thanks","told":"We are glad","person_id":"`+c.PersonID+`"}`).into(t, 201, &again)
		if again.PersonID != c.PersonID || again.State != "closed" {
			t.Errorf("%+v", again)
		}
		var rec RecordList
		p.send("GET", "/api/v1/people/"+c.PersonID+"/contacts?limit=1", "").into(t, 200, &rec)
		if len(rec.Items) != 1 || rec.Items[0].Channel != "letter" || rec.Items[0].Officer != "Lagan CRM" || rec.Next == "" {
			t.Fatalf("%+v", rec)
		}
		from := rec.Next
		rec = RecordList{}
		p.send("GET", "/api/v1/people/"+c.PersonID+"/contacts?cursor="+from, "").into(t, 200, &rec)
		if len(rec.Items) != 1 || rec.Items[0].Channel != "call" || rec.Items[0].Minutes != 4 || rec.Items[0].Outcome != "owed" || rec.Next != "" {
			t.Errorf("%+v", rec)
		}
		p.send("GET", "/api/v1/people/9/contacts", "").into(t, 404, nil)
		p.token = h.key(staff.ReadContacts)
		p.send("POST", "/api/v1/contacts", call).into(t, 403, nil)
	})
}

func TestContactsAreListedFromWhereOneWas(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.program(staff.ReadContacts)
		var list ContactList
		p.send("GET", "/api/v1/contacts", "").into(t, 200, &list)
		if len(list.Items) != 0 || list.Next != "" {
			t.Errorf("%+v", list)
		}
		c := h.opens("A pothole in Tolbooth Wynd")
		h.hears("And another in Mercat Lane")
		p.send("GET", "/api/v1/contacts?limit=1", "").into(t, 200, &list)
		if len(list.Items) != 1 || list.Items[0].Case != c.Reference || list.Items[0].Direction != "in" || list.Items[0].ConversationID != number(c.ConversationID) {
			t.Errorf("%+v", list)
		}
		seen := 1
		for len(list.Items) > 0 {
			p.send("GET", "/api/v1/contacts?cursor="+list.Next, "").into(t, 200, &list)
			seen += len(list.Items)
		}
		if seen < 2 || list.Next == "" {
			t.Errorf("%d seen, %+v", seen, list)
		}
		h.hears("A third")
		p.send("GET", "/api/v1/contacts?cursor="+list.Next, "").into(t, 200, &list)
		if len(list.Items) != 1 {
			t.Errorf("%+v", list)
		}
		p.send("GET", "/api/v1/contacts?cursor=x", "").into(t, 422, nil)
		p.token = h.key(staff.ReadPeople)
		p.send("GET", "/api/v1/contacts", "").into(t, 403, nil)
	})
}

func TestAProgramMakesACaseFromAConversation(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.program(staff.WriteCases)
		id := number(h.hears("A pothole in Tolbooth Wynd"))
		path := "/api/v1/conversations/" + id + "/cases"
		var c, again CaseView
		body := `{"service_id":"` + number(h.service) + `","place":{"lat":57.41,"lon":-5.42},"asset":"L17"}`
		p.send("POST", path, body, "Idempotency-Key", "k1").into(t, 201, &c)
		if c.ConversationID != id || c.Words != "A pothole in Tolbooth Wynd" || c.TeamID != number(h.roads.ID) || c.Asset != "L17" || *c.Place.Lat != 57.41 {
			t.Errorf("%+v", c)
		}
		replay := p.send("POST", path, body, "Idempotency-Key", "k1")
		replay.into(t, 201, &again)
		if again.ID != c.ID || replay.header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("%s and %s, %v", c.ID, again.ID, replay.header)
		}
		other := number(h.hears("Thanks"))
		p.send("POST", "/api/v1/conversations/"+other+"/cases", body, "Idempotency-Key", "k1").into(t, 409, nil)
		p.send("POST", "/api/v1/conversations/1/cases", `{}`).into(t, 404, nil)
		p.send("POST", path, `{"place":{"lat":57.41}}`).into(t, 422, nil)
		p.send("POST", path, `{"service_id":"12"}`).into(t, 422, nil)
	})
}
