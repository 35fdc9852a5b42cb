package desk

import (
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/jobs"
)

func TestATranscriptSpeaksAsPeopleDo(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		p := s.post("tam", "Look")
		p.Media = []network.Media{{Filename: "pic.png", Data: picture(30, 20)}}
		s.takePosts(p)
		c := s.only()
		asked := s.messages(c.ID)[0]
		if err := s.fetchMedia(t.Context(), jobs.Job{Attempt: 1, Max: 8}, mediaArgs{Message: asked.ID}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Assign(t.Context(), s.admin, c.ID, s.conversation(c.ID).Version, s.admin.ID); err != nil {
			t.Fatal(err)
		}
		long := s.answer(s.conversation(c.ID), strings.Repeat("Part of a long answer. ", 8))
		file := s.messages(c.ID)[0].Media[0]
		page := s.as(t, s.admin).get(pathTo(c.ID, "transcript")).want(http.StatusOK)
		page.says("Back to the conversation", "A file was checked and kept by Mercat", "desk.media.ready, media", "Taken by Mairi Nic Dhòmhnaill",
			"An answer was written", "waits to be sent", "Part 1 as posted", "Part 2 as posted", "Part 1 not sent", "pic.jpg, image/jpeg",
			// What only machines read stays, in a row of its own.
			"Details reference "+string(p.Ref)+"; SHA-256 of pic.jpg "+file.Blob, "Part 1: sent under "+partKey(long.ID, 0), "Part 2: sent under "+partKey(long.ID, 1))
		page.silent("Part 0", "media ready", "(media)", "key m", "(Mairi Nic Dhòmhnaill)", "Received –")
	})
}

func TestWhatAFormAsksIsSaidOnce(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		p := s.post("tam", "The lamp is out")
		p.Subject = "Quayside lamps"
		p.Fields = []network.Field{{Code: "service", Question: "What is it about?", Answer: "Quayside lamps"}, {Code: "place", Question: "Where is it?", Answer: "Harbour"}, {Code: "since", Question: "Since when?", Answer: "Monday"}}
		p.Place = &network.Place{Lat: 57.4, Lon: -5.1, Label: "Harbour", Given: true}
		s.takePosts(p)
		c := s.only()
		b := s.as(t, s.admin)
		for path, most := range map[string]int{pathTo(c.ID, ""): 1, pathTo(c.ID, "transcript"): 2} { // the head of a transcript says it too
			page := b.get(path).want(http.StatusOK)
			page.says("Since when? Monday", "Harbour 57.40000, -5.10000", "Quayside lamps").silent("Where is it?", "What is it about?")
			posts := page.all(func(n *html.Node) bool { return n.Data == "li" && strings.HasPrefix(attr(n, "class"), "m-post") })
			if len(posts) != 1 || strings.Count(words(posts[0]), "Harbour") != 1 || strings.Count(words(posts[0]), "Quayside lamps") >= most {
				t.Errorf("%s: %d posts, the first says %q", path, len(posts), words(posts[0]))
			}
		}

		// What is said nowhere else stays: a place in words only, and a subject that is another.
		q := s.post("ina", "Mine too")
		q.Fields = []network.Field{{Code: "service", Question: "What is it about?", Answer: "Bins"}, {Code: "place", Question: "Where is it?", Answer: "By the pier"}}
		s.takePosts(q)
		for _, row := range s.inbox() {
			if row.ID != c.ID {
				b.get(pathTo(row.ID, "")).says("Where is it? By the pier", "What is it about? Bins")
				b.get(pathTo(row.ID, "transcript")).says("Where is it? By the pier", "What is it about? Bins")
			}
		}
	})
}
