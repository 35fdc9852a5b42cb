package desk

import (
	"context"

	"mercat.scot/mercat/network"
)

func (s *Service) registerIncoming() {}

func (s *Service) readByWords(ctx context.Context, texts []string) ([]Reading, error) {
	return make([]Reading, len(texts)), nil
}

// Intake keeps a batch of an account with its cursor, in one transaction.
func (s *Service) Intake(ctx context.Context, account int64, b network.Batch) error {
	return errSkeleton
}

// Start begins to fetch for every active account.
func (s *Service) Start(ctx context.Context) error { return nil }

// Stop ends fetching and waits for it.
func (s *Service) Stop(ctx context.Context) error { return nil }
