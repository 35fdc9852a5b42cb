//go:build unix

package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// checks are what can be said of the code without running it.
func (r *run) checks(ctx context.Context) {
	r.step(ctx, "gofmt", func() error {
		files, err := goFiles()
		if err != nil {
			return err
		}
		out, err := r.output(ctx, 2*time.Minute, "gofmt", append([]string{"-l"}, files...)...)
		if err == nil && len(out) > 0 {
			return errors.New("these files are not formatted; run gofmt -w on them:\n" + strings.TrimSpace(string(out)))
		}
		return err
	})
	r.step(ctx, "templ files are current", func() error {
		err := r.command(ctx, 5*time.Minute, "go", "tool", "templ", "generate", "-check")
		if err != nil {
			return errors.Join(err, errors.New("run make generate, and commit what it writes"))
		}
		return nil
	})
	r.step(ctx, "go vet", func() error {
		return r.command(ctx, 15*time.Minute, "go", "vet", "./...")
	})
	r.step(ctx, "staticcheck", func() error {
		return r.command(ctx, 15*time.Minute, "go", "tool", "staticcheck", "./...")
	})
}

// goFiles are ours: what npm installed may hold Go files too.
func goFiles() ([]string, error) {
	var files []string
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || path != "." && strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir
		case filepath.Ext(path) == ".go":
			files = append(files, path)
		}
		return nil
	})
	return files, err
}
