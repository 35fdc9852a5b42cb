// Command mercat is the program with which a council answers the public on
// social media, email and web form, on the record.
//
//	mercat serve      serve the pages and do the work
//	mercat migrate    bring the database up to date
//	mercat verify     prove that the record is unbroken
//	mercat backup     copy everything into one file
//	mercat export     write everything in open forms
//	mercat db copy    move between SQLite and PostgreSQL
//	mercat restore    make a Mercat of such a file
//	mercat expect     measure honest dates on a history
//	mercat triage     learn, measure and try the reading of messages
//	mercat bench      measure speed and size
//	mercat services   export and import the services
//	mercat user       look after the people who sign in
//	mercat version    say which Mercat this is
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"syscall"
	_ "time/tzdata" // a council has its own time also where the machine knows no zones

	"github.com/alecthomas/kong"

	"mercat.scot/mercat/app"
)

// version is set by the linker.
var version = "unknown"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal ends things in order; after it signals have their usual
	// effect, so that the second ends the program at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// commands is the command line.
type commands struct {
	Config string `env:"MERCAT_CONFIG" placeholder:"FILE" help:"Configuration file in TOML: a line per flag, such as listen = \"127.0.0.1:8080\"."`

	Serve    serveCommand    `cmd:"" help:"Serve the pages and do the work."`
	Migrate  migrateCommand  `cmd:"" help:"Bring the database up to date; serve does it too."`
	Verify   verifyCommand   `cmd:"" help:"Prove that the record is unbroken, or name its first broken link."`
	Backup   backupCommand   `cmd:"" help:"Copy the database, the media and the keys into one file, also while Mercat serves."`
	Restore  restoreCommand  `cmd:"" help:"Make a Mercat of such a file, in an empty folder."`
	Export   exportCommand   `cmd:"" help:"Write everything in open forms (lines of JSON, media) into one file."`
	Import   importCommand   `cmd:"" help:"Bring history in: mail, archives of social networks, tables."`
	DB       dbCommand       `cmd:"" name:"db" help:"Move between SQLite and PostgreSQL."`
	Expect   expectCommand   `cmd:"" help:"Measure honest dates on a history of cases."`
	Triage   triageCommand   `cmd:"" help:"Learn, measure and try the reading of messages."`
	Bench    benchCommand    `cmd:"" help:"Measure speed and size on a council made for it."`
	Services servicesCommand `cmd:"" help:"Export and import the services and what must be asked about them."`
	User     userCommand     `cmd:"" help:"Look after the people who sign in."`
	Version  versionCommand  `cmd:"" help:"Say which Mercat this is."`

	file *configFile
}

// BeforeResolve reads the configuration file before flags are filled in.
func (c *commands) BeforeResolve(ctx *kong.Context) error {
	for _, flag := range ctx.Model.Flags {
		if flag.Name != "config" {
			continue
		}
		path, _ := ctx.FlagValue(flag).(string)
		if path == "" {
			return nil
		}
		file, err := readConfigFile(path, ctx.Model)
		if err != nil {
			return err
		}
		c.file = file
		ctx.AddResolver(file)
	}
	return nil
}

// surroundings are what every command gets.
type surroundings struct {
	context.Context
	out, err io.Writer
	file     *configFile
}

// config checks the settings that every command has, with what is wrong in the
// file.
func (s *surroundings) config(w app.Where) (app.Config, error) {
	c, err := w.Config(func(format string, level slog.Level) *slog.Logger { return app.NewLog(s.err, format, level) })
	return c, s.file.and(err)
}

// left is how a command ends the program from within the parser (help).
type left int

func run(ctx context.Context, args []string, out, errOut io.Writer) (code int) {
	defer func() {
		if p := recover(); p != nil {
			l, ok := p.(left)
			if !ok {
				panic(p)
			}
			code = int(l)
		}
	}()
	var c commands
	parser, err := kong.New(&c,
		kong.Name("mercat"),
		kong.Description("Mercat is the program with which a council answers the public on social media, email and web form, on the record.\n\n"+exitCodes),
		kong.Writers(out, errOut),
		kong.Exit(func(code int) { panic(left(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	)
	if err != nil {
		return explain(errOut, err)
	}
	if len(args) == 0 {
		args = []string{"help"}
	}
	if args[0] == "help" { // also of a command: mercat help serve
		args = append(slices.Clone(args[1:]), "--help")
	}
	k, err := parser.Parse(args)
	if err != nil {
		return explain(errOut, usageError{err})
	}
	return explain(errOut, k.Run(&surroundings{Context: ctx, out: out, err: errOut, file: c.file}))
}

// printf writes to what people read; when nobody reads it any more there is
// nobody to tell.
func printf(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }
