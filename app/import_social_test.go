package app

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/archive"
	"mercat.scot/mercat/platform/db"
)

const archiveSamples = "../network/archive/testdata/"

// smallPicture is four pixels square.
const smallPicture = "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAEElEQVR4nGM4IScHRwzEcQCxYxBBO0tjggAAAABJRU5ErkJggg=="

// packed is an account archive with these files, and a picture under a name.
func packed(t *testing.T, name, picture string, files map[string]string) string {
	t.Helper()
	png, err := base64.StdEncoding.DecodeString(smallPicture)
	if err != nil {
		t.Fatal(err)
	}
	files[picture] = string(png)
	var b bytes.Buffer
	if strings.HasSuffix(name, ".zip") {
		w := zip.NewWriter(&b)
		for name, text := range files {
			f, err := w.Create(name)
			if err == nil {
				_, err = f.Write([]byte(text))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		err = w.Close()
	} else {
		z := gzip.NewWriter(&b)
		w := tar.NewWriter(z)
		for name, text := range files {
			err := w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o600, Size: int64(len(text))})
			if err == nil {
				_, err = w.Write([]byte(text))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err = w.Close(); err == nil {
			err = z.Close()
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestArchivesOfSocialNetworksComeIn(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		p := withPast(t, c)
		b := p.browser(t)
		b.post("/sign-in", "email", adminEmail, "password", adminPassword).leads(t, home)
		for _, one := range []struct {
			format  archive.Format
			file    string
			account string
			network network.Kind
			made    string
			search  string
			finds   string
		}{
			{archive.Mastodon, packed(t, "archive.tar.gz", "media_attachments/files/001/original/pier.png", map[string]string{"outbox.json": readText(t, archiveSamples+"outbox.json")}),
				"@council@towns.example", "mastodon", "account+1 conversation+3 message+5 media+2 import+1 imported+5 import_aside+3", "buses mill", "@ann@elsewhere.example"},
			{archive.X, packed(t, "x.zip", "data/tweets_media/1001-SNOW.png", map[string]string{"data/tweets.js": readText(t, archiveSamples+"tweets.js"),
				"data/account.js": `window.YTD.account.part0 = [{"account": {"username": "StrathCouncil", "accountId": "77", "accountDisplayName": "Strathcarron"}}]`}),
				"@StrathCouncil", "x", "account+1 conversation+2 message+3 media+2 import+1 imported+3 import_aside+3", "bin school", "Ann Gillies"},
			{archive.Bluesky, archiveSamples + "repository.car", "Strathcarron Council", "bluesky", "account+1 conversation+2 message+3 media+1 import+1 imported+3 import_aside+2", "opens friday", "@ann.example.org"},
		} {
			before := p.rows()
			o := ImportOptions{Format: one.format, File: one.file}
			done := p.bring(o)
			if done.Account.Name != one.account || done.Account.Network != one.network || done.Account.State != "paused" {
				t.Errorf("%s: account %+v", one.format, done.Account)
			}
			if got := less(p.rows(), before); !strings.HasPrefix(got, one.made) {
				t.Errorf("%s: it made %s\n%v", one.format, got, done.Asides)
			}
			b.get("/desk?view=all&q="+strings.ReplaceAll(one.search, " ", "+")).want(t, http.StatusOK, one.finds)
			after := p.rows()
			if again := p.bring(o); !again.Before || less(p.rows(), after) != "" {
				t.Errorf("%s: a second time: %+v, %s", one.format, again, less(p.rows(), after))
			}
			if _, err := p.Undo(t.Context(), done.Import.ID, func(int64) {}); err != nil {
				t.Fatal(err)
			}
			if got := less(p.rows(), before); strings.Contains(got, "message") || strings.Contains(got, "person") || strings.Contains(got, "conversation") || strings.Contains(got, "media") {
				t.Errorf("%s: undone there remains %s", one.format, got)
			}
			if again := p.bring(o); again.Import.Kept != done.Import.Kept || again.Account.ID == done.Account.ID {
				t.Errorf("%s: again: %+v", one.format, again)
			}
		}
		err := p.running.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			for query, want := range map[string]int64{
				`SELECT COUNT(*) FROM desk_media WHERE state = 'ready' AND thumbnail <> ''`:                                2,
				`SELECT COUNT(*) FROM desk_media WHERE state = 'refused' AND sentence LIKE '%not hold%'`:                   3,
				`SELECT COUNT(*) FROM desk_message WHERE direction <> 'out' OR state <> 'sent'`:                            0,
				`SELECT COUNT(*) FROM river_job WHERE kind LIKE 'desk.%' AND kind <> 'desk.sweep' AND kind <> 'desk.wake'`: 0,
			} {
				n, _, err := db.One(ctx, tx, db.ScanID, query)
				if err != nil {
					return err
				}
				if n != want {
					t.Errorf("%s: %d, not %d", query, n, want)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
