package directory

import (
	"bytes"
	"context"
	_ "embed" // the services that come with Mercat
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
)

//go:embed seed/services.csv
var seedServices []byte

//go:embed seed/questions.json
var seedQuestions []byte

//go:embed seed/lgsl.csv
var seedList []byte

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
	asked, err := seedAsked()
	if err != nil {
		return nil, err
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
		ask := asked[row[0]]
		list = append(list, Service{
			Group: ask.Group, Keywords: ask.Keywords, Attributes: ask.questions,
			Name: row[0], Summary: row[1], Words: row[2], LGSL: lgsl, LGIL: lgil,
			Public: row[5] == "yes", NeedsPlace: row[6] == "yes", Active: true,
		})
	}
	return list, nil
}

// seedAsk is what is asked about one of the services that come with Mercat.
type seedAsk struct {
	Service   string
	Group     string
	Keywords  string
	Kept      json.RawMessage `json:"attributes"`
	questions Attributes
}

func seedAsked() (map[string]seedAsk, error) {
	var list []seedAsk
	if err := json.Unmarshal(seedQuestions, &list); err != nil {
		return nil, fmt.Errorf("read the questions that come with Mercat: %w", err)
	}
	asked := make(map[string]seedAsk, len(list))
	for _, one := range list {
		if len(one.Kept) > 0 {
			var err error
			if one.questions, err = unpackAttributes(string(one.Kept)); err != nil {
				return nil, fmt.Errorf("service %s: %w", one.Service, err)
			}
		}
		asked[one.Service] = one
	}
	return asked, nil
}

// Listed is an entry of the Local Government Service List.
type Listed struct {
	LGSL  int64
	Name  string
	Tier  string  // who gives it in England: county, district, unitary, all
	LGILs []int64 // interactions for which councils have a page, the most common first
}

// listed reads the Local Government Service List that comes with Mercat.
func listed() ([]Listed, error) {
	rows, err := csv.NewReader(bytes.NewReader(seedList)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read the Local Government Service List: %w", err)
	}
	var list []Listed
	for _, row := range rows[1:] {
		one := Listed{Name: row[1], Tier: row[2]}
		if one.LGSL, err = strconv.ParseInt(row[0], 10, 64); err != nil {
			return nil, fmt.Errorf("service %s: LGSL: %w", row[1], err)
		}
		for _, n := range strings.Fields(row[3]) {
			id, err := strconv.ParseInt(n, 10, 64)
			if err != nil {
				return nil, fmt.Errorf("service %s: LGIL: %w", row[1], err)
			}
			one.LGILs = append(one.LGILs, id)
		}
		list = append(list, one)
	}
	return list, nil
}

// fromList makes a service of an entry of the list: with the words and the
// questions of one that comes with Mercat when it is the same.
func fromList(l Listed) (Service, error) {
	usual, err := seed()
	if err != nil {
		return Service{}, err
	}
	if s, ok := usualFor(usual, Service{LGSL: l.LGSL}); ok {
		return s, nil
	}
	s := Service{Name: l.Name, LGSL: l.LGSL, Active: true}
	if len(l.LGILs) > 0 {
		s.LGIL = l.LGILs[0]
	}
	return s, nil
}

// interaction is what an entry of the Local Government Interaction List is
// called.
func interaction(lgil int64) string {
	switch lgil {
	case 0:
		return "applying"
	case 4:
		return "paying"
	case 8:
		return "information"
	case 17:
		return "reporting"
	}
	return strconv.FormatInt(lgil, 10)
}

// fits reports whether every word that was typed stands in the entry, or is its
// number.
func (l Listed) fits(typed string) bool {
	name := text.Fold(l.Name) + " " + strconv.FormatInt(l.LGSL, 10)
	for _, id := range l.LGILs {
		name += " " + interaction(id)
	}
	for _, w := range strings.Fields(text.Fold(typed)) {
		if !strings.Contains(name, w) {
			return false
		}
	}
	return true
}

// interactions are what people do about it, in words.
func (l Listed) interactions() string {
	var names []string
	for _, id := range l.LGILs {
		names = append(names, interaction(id)+" ("+strconv.FormatInt(id, 10)+")")
	}
	return strings.Join(names, ", ")
}
