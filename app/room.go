package app

import (
	"errors"
	"os"
	"sync"
	"time"
)

// room knows whether there is room on the disk of the data folder. It writes a
// little to find out: what a disk says of itself does not count quotas, nor a
// disk that has begun to refuse writing.
type room struct {
	mu     sync.Mutex
	looked time.Time
	lacks  string // "" when there is room
}

const (
	roomEvery = 5 * time.Second // everybody may ask
	roomBytes = 256 << 10
)

// missing says what is wrong with the disk, "" for nothing.
func (r *room) missing(folder string, now time.Time) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if age := now.Sub(r.looked); age >= 0 && age < roomEvery {
		return r.lacks
	}
	r.looked, r.lacks = now, ""
	if err := writeSome(folder); isDiskFull(err) {
		r.lacks = "the disk of the data folder is full"
	} else if err != nil {
		r.lacks = "the data folder cannot be written"
	}
	return r.lacks
}

// writeSome writes a file and removes it.
func writeSome(folder string) error {
	f, err := os.CreateTemp(folder, ".room-*")
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, roomBytes))
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}
