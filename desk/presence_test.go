package desk

import (
	"fmt"
	"testing"
	"time"

	"mercat.scot/mercat/platform/db/dbtest"
	"mercat.scot/mercat/platform/live"
)

func TestPresenceIsToldWhenItChangesAndForgottenInTime(t *testing.T) {
	clock := dbtest.NewClock()
	s := &Service{Options: Options{Hub: live.New("test")}, presence: newPresence(clock.Now)}
	sub := s.Hub.Subscribe(TopicPresence(7))
	defer sub.Close()
	told := func() bool {
		select {
		case <-sub.Ring():
			return len(sub.Take()) > 0
		default:
			return false
		}
	}
	for i, step := range []struct {
		do     func()
		told   bool
		others string
	}{
		{func() { s.Look(7, 1, "Mairi", false) }, true, "[{1 Mairi false}]"},
		{func() { s.Look(7, 1, "Mairi", false) }, false, "[{1 Mairi false}]"},
		{func() { s.Look(7, 1, "Mairi", true) }, true, "[{1 Mairi true}]"},
		{func() { s.Look(7, 2, "Calum", false) }, true, "[{1 Mairi true}]"},
		{func() { s.Look(8, 1, "Mairi", false) }, false, "[{1 Mairi true}]"},
		{func() { clock.Advance(presenceFor - time.Second); s.Look(7, 2, "Calum", false) }, false, "[{1 Mairi true}]"},
		{func() { clock.Advance(2 * time.Second) }, false, "[]"},
		{func() { s.Look(7, 1, "Mairi", true) }, true, "[{1 Mairi true}]"},
		{func() { s.Leave(7, 1) }, true, "[]"},
		{func() { s.Leave(7, 1) }, false, "[]"},
	} {
		step.do()
		if got := told(); got != step.told {
			t.Errorf("step %d: told %v, want %v", i, got, step.told)
		}
		if got := fmt.Sprint(s.Present(7, 2)); got != step.others {
			t.Errorf("step %d: %s, want %s", i, got, step.others)
		}
	}
}

func TestPresenceIsBounded(t *testing.T) {
	clock := dbtest.NewClock()
	p := newPresence(clock.Now)
	for i := range int64(2 * mostPresent) {
		p.look(i, 1, "Mairi", false)
	}
	if p.count > mostPresent || len(p.rooms) > mostPresent {
		t.Errorf("%d officers in %d rooms", p.count, len(p.rooms))
	}
	clock.Advance(presenceFor)
	if !p.look(1<<40, 1, "Mairi", false) || p.count != 1 {
		t.Errorf("%d are remembered", p.count)
	}
}
