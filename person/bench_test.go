package person_test

import (
	"context"
	"fmt"
	"testing"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/person"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
)

func BenchmarkResolving500Authors(b *testing.B) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		for _, known := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/known=%v", engine, known), func(b *testing.B) {
				d, err := db.Open(b.Context(), db.Options{DSN: dbtest.DSN(b, engine, schema), Now: dbtest.NewClock().Now})
				if err != nil {
					b.Fatal(err)
				}
				defer d.Close()
				people := person.New()
				who := make([]network.Identity, 500)
				round := 0
				for b.Loop() {
					if round == 0 || !known {
						for i := range who {
							who[i] = network.Identity{ID: fmt.Sprintf("did:plc:%d-%d", round, i), Handle: fmt.Sprintf("@a%d.example", i), Name: fmt.Sprint("Ann Baird ", i)}
						}
						round++
					}
					err := d.Write(b.Context(), func(ctx context.Context, tx *db.Tx) error {
						_, err := people.ResolveTx(ctx, tx, "bluesky", who)
						return err
					})
					if err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
