package desk

import (
	"context"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
)

// receiptTx is the way out's to write: delete this file when it is there.
func (s *Service) receiptTx(_ context.Context, _ *db.Tx, _ int64, _ network.Receipt) error {
	return nil
}
