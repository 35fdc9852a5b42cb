package desk

import (
	"context"

	"mercat.scot/mercat/network"
)

// connections keeps one open connection per account.
type connections struct{ service *Service }

func newConnections(s *Service) *connections { return &connections{service: s} }

// of returns the open connection of an account, opening it when needed. The
// error is for people.
func (c *connections) of(ctx context.Context, account int64) (network.Connection, network.Description, error) {
	return nil, network.Description{}, errSkeleton
}

// Account returns a connected account.
func (s *Service) Account(ctx context.Context, id int64) (Account, error) {
	return Account{}, errSkeleton
}

// Accounts are all accounts that are not removed, by name.
func (s *Service) Accounts(ctx context.Context) ([]Account, error) { return nil, errSkeleton }
