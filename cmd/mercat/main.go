// Command mercat is the program with which a council answers the public.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"mercat.scot/mercat/app"
)

// version is set by the linker.
var version = "unknown"

type commands struct {
	Serve serve `cmd:"" help:"Serve Mercat."`
}

type serve struct {
	Listen string `default:"127.0.0.1:8080"`
	Data   string `default:"data"`
	DB     string `name:"db"`
}

func (s serve) Run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a, err := app.Open(ctx, app.Config{Listen: s.Listen, Data: s.Data, DB: s.DB, Log: app.NewLog(os.Stderr, "text", 0)})
	if err != nil {
		return err
	}
	return a.Run(ctx, func(address string) { fmt.Println("Mercat is ready at", address) })
}

func main() {
	var c commands
	k := kong.Parse(&c)
	if err := k.Run(); err != nil {
		fmt.Fprintln(os.Stderr, app.Sentence(err))
		os.Exit(1)
	}
}
