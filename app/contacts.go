package app

import (
	"context"
	"time"

	"mercat.scot/mercat/contact"
	"mercat.scot/mercat/network/phone"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/jobs"
)

// makePhone makes the network of what no program carries.
func (a *App) makePhone() *phone.Network {
	a.phone = phone.New(phone.Options{DB: a.db, Hub: a.hub})
	return a.phone
}

// makeContacts makes the contact record, which stands above desk and casework.
func (a *App) makeContacts() {
	a.contacts = contact.New(contact.Options{
		DB: a.db, Desk: a.desk, Casework: a.casework, Directory: a.directory, Staff: a.staff,
		People: a.people, Phone: a.phone, Networks: a.networks,
	})
}

// endFacts forgets how persons can be reached when the time has come that was
// said of it.
type endFacts struct{}

// Kind implements jobs.Args.
func (endFacts) Kind() string { return "app.end_facts" }

// factsAtOnce is how many are forgotten in one transaction.
const factsAtOnce = 500

func (a *App) registerContactJobs() {
	jobs.Register(a.queue, 5*time.Minute, func(ctx context.Context, _ jobs.Job, _ endFacts) error {
		for {
			n := 0
			err := a.db.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
				n, err = a.people.EndFactsTx(ctx, tx, factsAtOnce)
				return err
			})
			if err != nil || n < factsAtOnce {
				return err
			}
		}
	})
	a.queue.Every(time.Hour, endFacts{})
}
