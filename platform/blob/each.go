package blob

import (
	"context"
	"fmt"
	"io/fs"
)

// Each calls f with every file that is kept, in the order of the keys. Files
// put meanwhile may be left out.
func (d *Disk) Each(ctx context.Context, f func(key Key, size int64) error) error {
	err := fs.WalkDir(d.root.FS(), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if entry.IsDir() {
			if path == incoming {
				return fs.SkipDir
			}
			return nil
		}
		key, err := ParseKey(entry.Name())
		if err != nil || path != location(key) {
			return nil // not ours
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		return f(key, info.Size())
	})
	if err != nil {
		return fmt.Errorf("list files: %w", err)
	}
	return nil
}
