package assets

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func TestAStyleSheetNamesOtherAssetsByTheirHash(t *testing.T) {
	all, err := read(fstest.MapFS{
		"a.css":   {Data: []byte(`@font-face { src: url("asset:z.woff2") }`)},
		"z.woff2": {Data: []byte("font")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(all["a.css"].body); !strings.Contains(got, `url("`+all["z.woff2"].url()+`")`) {
		t.Errorf("got %s", got)
	}
	if _, err := read(fstest.MapFS{"a.css": {Data: []byte(`url("asset:missing.woff2")`)}}); err == nil {
		t.Error("an asset that does not exist was taken")
	}
}

func TestAnUnknownAssetIsAMistakeOfOurs(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("there is an asset that is not there")
		}
	}()
	URL("nothing.css")
}

// Every icon that a template names is in the sprite; a missing one would only
// be an empty square.
func TestEveryIconThatIsNamedExists(t *testing.T) {
	all, err := load()
	if err != nil {
		t.Fatal(err)
	}
	sprite := string(all["icons.svg"].body)
	named := regexp.MustCompile(`Icon(?:{Name)?: "([a-z]+)"`)
	root := filepath.Join("..", "..", "..")
	seen := 0
	err = filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules") {
			return filepath.SkipDir
		}
		if ext := filepath.Ext(path); ext != ".templ" && (ext != ".go" || strings.HasSuffix(path, "_templ.go")) {
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range named.FindAllStringSubmatch(string(source), -1) {
			seen++
			if !strings.Contains(sprite, `id="`+m[1]+`"`) {
				t.Errorf("%s names the icon %q, which is not in icons.svg", path, m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 20 {
		t.Errorf("only %d icons are named: the pattern of this test is out of date", seen)
	}
}

func TestNoFontOrCrownOfAnotherGovernmentIsInside(t *testing.T) {
	all, err := load()
	if err != nil {
		t.Fatal(err)
	}
	for name, a := range all {
		if body := strings.ToLower(string(a.body)); strings.Contains(body, "gds transport") || strings.Contains(body, "govuk-crest") {
			t.Errorf("%s has what may only be used on gov.uk", name)
		}
	}
}
