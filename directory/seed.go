package directory

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/csv"
	"fmt"
	"strconv"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/record"
)

//go:embed seed/services.csv
var seedServices []byte

// SeedTx fills an empty directory with the services that every council has,
// from the Local Government Service List, owned by the contact centre. A
// directory that has services already is left as it is.
func (d *Directory) SeedTx(ctx context.Context, tx *db.Tx, by record.Actor) error {
	there, err := readServices(ctx, tx)
	if err != nil || len(there) > 0 {
		return err
	}
	list, err := seed()
	if err != nil {
		return err
	}
	_, err = d.AddServicesTx(ctx, tx, by, list)
	return err
}

// seed reads the services that come with Mercat: name, summary, words, lgsl,
// lgil, public, needs_place.
func seed() ([]Service, error) {
	rows, err := csv.NewReader(bytes.NewReader(seedServices)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read the services that come with Mercat: %w", err)
	}
	var list []Service
	for i, row := range rows {
		if i == 0 {
			continue
		}
		lgsl, err := strconv.ParseInt(row[3], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("service %s: LGSL: %w", row[0], err)
		}
		lgil, err := strconv.ParseInt(row[4], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("service %s: LGIL: %w", row[0], err)
		}
		list = append(list, Service{
			Name: row[0], Summary: row[1], Words: row[2], LGSL: lgsl, LGIL: lgil,
			Public: row[5] == "yes", NeedsPlace: row[6] == "yes", Active: true,
		})
	}
	return list, nil
}
