package app

import (
	"context"
	"time"

	"mercat.scot/mercat/platform/jobs"
)

// sweepMedia removes what crashes left half-written among the media.
type sweepMedia struct{}

// Kind implements jobs.Args.
func (sweepMedia) Kind() string { return "app.sweep_media" }

// longestUpload is more than any upload takes: what is half-written for longer
// belongs to a process that is gone.
const longestUpload = 24 * time.Hour

// sweepForms removes the photos of forms that were never sent.
type sweepForms struct{}

// Kind implements jobs.Args.
func (sweepForms) Kind() string { return "app.sweep_forms" }

// sweepPhotoPlaces forgets where photos were taken of which nobody made a case.
type sweepPhotoPlaces struct{}

// Kind implements jobs.Args.
func (sweepPhotoPlaces) Kind() string { return "app.sweep_photo_places" }

func (a *App) registerJobs() {
	a.registerContactJobs()
	jobs.Register(a.queue, time.Minute, func(ctx context.Context, _ jobs.Job, _ sweepPhotoPlaces) error {
		_, err := a.desk.SweepPhotoPlaces(ctx)
		return err
	})
	a.queue.Every(24*time.Hour, sweepPhotoPlaces{})
	jobs.Register(a.queue, time.Minute, func(ctx context.Context, _ jobs.Job, _ sweepMedia) error {
		n, err := a.blobs.Sweep(a.now().Add(-longestUpload))
		if n > 0 {
			a.config.Log.InfoContext(ctx, "half-written media removed", "files", n)
		}
		return err
	})
	a.queue.Every(24*time.Hour, sweepMedia{})
	jobs.Register(a.queue, 5*time.Minute, func(ctx context.Context, _ jobs.Job, _ sweepForms) error {
		n, err := a.webform.Sweep(ctx, a.now().Add(-longestUpload))
		if n > 0 {
			a.config.Log.InfoContext(ctx, "photos of forms that were never sent removed", "files", n)
		}
		return err
	})
	a.queue.Every(24*time.Hour, sweepForms{})
}
