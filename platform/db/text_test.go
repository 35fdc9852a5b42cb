package db_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
)

// corpus are texts by id, the newest first, over several of the parts in which
// PostgreSQL is searched: words in all of them, in every second, in few, in one,
// in the older half only, and two that are never in one text.
func corpus(n int) (ids []int64, bodies map[int64]string) {
	r := rand.New(rand.NewPCG(5, 6))
	bodies = make(map[int64]string, n)
	id := int64(1) << 52
	for i := range n {
		words := []string{"the", "bin", fmt.Sprint("street", r.IntN(60))}
		if i%2 == 0 {
			words = append(words, "left")
		} else {
			words = append(words, "right")
		}
		if i%40 == 3 {
			words = append(words, "pothole")
		}
		if i < n/2 {
			words = append(words, "snow")
		}
		if i == n/3 {
			words = append(words, "achnagarve")
		}
		r.Shuffle(len(words), func(a, b int) { words[a], words[b] = words[b], words[a] })
		bodies[id] = strings.Join(words, " ")
		ids = append(ids, id)
		if id += 1 + r.Int64N(1<<44); i%211 == 210 {
			id += 1 << (52 + r.IntN(4)) // a part ends, or several go by empty
		}
	}
	slices.Reverse(ids)
	return ids, bodies
}

func putCorpus(t *testing.T, d *db.DB, words db.TextIndex, n int) (ids []int64, bodies map[int64]string) {
	t.Helper()
	ids, bodies = corpus(n)
	err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		for id, body := range bodies {
			if err := words.Add(ctx, tx, id, body); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids, bodies
}

// holds is what terms mean, said another way.
func holds(body string, terms []db.Term) bool {
	for _, term := range terms {
		phrase := " " + strings.Join(term.Words, " ")
		if !term.Prefix {
			phrase += " "
		}
		if !strings.Contains(" "+body+" ", phrase) {
			return false
		}
	}
	return true
}

func TestASearchPagesThroughRareAndFrequentWordsAlike(t *testing.T) {
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		words := db.TextIndex("words")
		ids, bodies := putCorpus(t, d, words, 1200)
		word := func(w ...string) db.Term { return db.Term{Words: w} }
		begins := func(w ...string) db.Term { return db.Term{Words: w, Prefix: true} }
		for _, terms := range [][]db.Term{
			{word("the")}, {word("left")}, {word("pothole")}, {word("snow")}, {word("achnagarve")}, {word("nowhere")},
			{word("the"), word("bin")}, {word("the"), word("street7")}, {word("left"), word("right")}, {word("pothole"), word("right"), word("snow")},
			{word("the", "bin")}, {word("bin", "street7")}, {word("left", "the", "bin")}, {word("the", "the")},
			{begins("street")}, {begins("street5")}, {begins("the", "str")}, {begins("achna"), word("bin")},
			{word(`\`)},
		} {
			want := []int64{}
			for _, id := range ids {
				if holds(bodies[id], terms) {
					want = append(want, id)
				}
			}
			for _, limit := range []int{1, 23, 100, 600, 5000, -100, -90} {
				if limit == 1 && len(want) > 30 || limit == 23 && len(want) > 300 {
					continue
				}
				search := words.Search
				switch {
				case limit == -90: // every part is given up
					search, limit = words.SearchHurried, -limit
				case limit < 0: // it is stopped at the first chance, and goes on from there
					search, limit = words.SearchStopping, -limit
				}
				got := []int64{}
				err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
					before := int64(0)
					for {
						page, rest, err := search(ctx, tx, terms, before, limit)
						if err != nil {
							return err
						}
						got = append(got, page...)
						if len(page) < limit && rest == 0 {
							break
						}
						if before = rest; before == 0 {
							before = page[len(page)-1]
						}
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(got, want) {
					t.Errorf("%v by %d: %d found, want %d", terms, limit, len(got), len(want))
				}
			}
			some, among := ids[:300], []int64{}
			err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
				among, err = words.Among(ctx, tx, terms, some)
				return err
			})
			slices.Sort(among)
			slices.Reverse(among)
			n := 0
			for n < len(want) && want[n] >= some[len(some)-1] {
				n++
			}
			if err != nil || !slices.Equal(among, want[:n]) {
				t.Errorf("%v among %d: %d found, want %d, error %v", terms, len(some), len(among), n, err)
			}
		}
	})
}

// What the planner knows of a word is chance: whether the table was analysed of
// late, whether the word was in the sample, whether the statement was prepared.
// None of that may decide how a search is run.
func TestASearchIsRunInOneWayWhateverThePlannerKnows(t *testing.T) {
	d := dbtest.Open(t, db.Postgres, schema, dbtest.NewClock())
	words := db.TextIndex("words")
	putCorpus(t, d, words, 4000)
	near, far := words.SearchQueries(200)
	for _, c := range []struct {
		name, query, parameters, arguments string
		by, not                            string
	}{
		{"near", near, "TEXT, BIGINT, BIGINT", "9223372036854775807, 200", "Index Scan Backward using words_pkey", "words_part"},
		{"far", far, "TEXT, BIGINT, BIGINT, BIGINT", "9223372036854775807, 200, 60", "Bitmap Index Scan on words_part", "Seq Scan"},
		{"among", words.AmongQuery(4), "TEXT, BIGINT, BIGINT, BIGINT, BIGINT", "1, 2, 3, 4", "words_pkey", "words_part"},
	} {
		look := func(known string) {
			for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
				for _, word := range []string{"the", "achnagarve", "nowhere"} {
					plan := prepared(t, d, mode, c.query, c.parameters, "'"+word+"', "+c.arguments)
					if !strings.Contains(plan, c.by) || strings.Contains(plan, c.not) {
						t.Errorf("%s, %s, %s, %s: not run by %s:\n%s", c.name, known, mode, word, c.by, plan)
					}
				}
			}
		}
		for _, statement := range []string{"DELETE FROM pg_statistic WHERE starelid = 'words'::regclass", "ANALYZE words"} {
			if _, err := d.Handle().ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
			look(statement)
		}
	}
}

// prepared is the plan of a prepared statement.
func prepared(t *testing.T, d *db.DB, mode, query, parameters, arguments string) string {
	t.Helper()
	var plan string
	done := errors.New("done")
	err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		for _, statement := range []string{"SET LOCAL plan_cache_mode = " + mode, "PREPARE asked (" + parameters + ") AS " + query} {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		lines, err := db.Collect(ctx, tx, func(row db.Scanner) (line string, err error) {
			return line, row.Scan(&line)
		}, "EXPLAIN EXECUTE asked ("+arguments+")")
		plan = strings.Join(lines, "\n")
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "DEALLOCATE asked"); err != nil {
			return err
		}
		return done
	})
	if !errors.Is(err, done) {
		t.Fatal(err)
	}
	return plan
}
