package main

import (
	"errors"
	"fmt"
	"text/tabwriter"

	"mercat.scot/mercat/app"
)

type userCommand struct {
	List          userList          `cmd:"" help:"List everybody who works here."`
	Add           userAdd           `cmd:"" help:"Add somebody and print the link with which they choose a password."`
	ResetPassword userResetPassword `cmd:"" help:"Print a link with which somebody chooses a new password."`
	Deactivate    userDeactivate    `cmd:"" help:"Keep somebody out from now on. What they did stays."`
	Reactivate    userReactivate    `cmd:"" help:"Let somebody in again."`
}

// office is what every user command needs.
type office struct {
	app.Where
	app.Reached
}

func (o *office) do(with *surroundings, f func(*app.Office) error) (err error) {
	c, err := with.config(o.Where)
	c, reached := o.Into(c)
	if err := mistakes(err, reached); err != nil {
		return err
	}
	opened, err := app.OpenOffice(with, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	return f(opened)
}

// printLink prints the whole address of a link.
func printLink(with *surroundings, l app.Link) {
	printf(with.err, "It can be used once, and lapses on %s.\n", l.Until.Local().Format("Monday 2 January 2006 at 15:04 MST"))
	if l.Guessed {
		printf(with.err, "This is how the address begins on this machine. Elsewhere its host may be another: say with --base-url how people reach Mercat.\n")
	}
	printf(with.out, "%s\n", l.Address)
}

type userList struct{ office }

// Run lists everybody.
func (u *userList) Run(with *surroundings) error {
	return u.do(with, func(o *app.Office) error {
		list, err := o.List(with)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(with.out, 0, 0, 2, ' ', 0)
		printf(table, "EMAIL\tNAME\tROLE\tSTATE\n")
		for _, officer := range list {
			state := "active"
			if !officer.Active {
				state = "deactivated"
			} else if officer.Invited {
				state = "invited"
			}
			printf(table, "%s\t%s\t%s\t%s\n", officer.Email, officer.Name, officer.Role, state)
		}
		if err := table.Flush(); err != nil {
			return fmt.Errorf("print the list: %w", err)
		}
		return nil
	})
}

type userAdd struct {
	office
	Email     string   `arg:"" help:"Email address, with which they sign in."`
	Name      string   `required:"" help:"Name, as colleagues see it."`
	FirstName string   `help:"Name as citizens see it under an answer. Without it, the first word of the name."`
	Role      string   `default:"officer" placeholder:"reader|officer|leader|administrator" help:"What they may do."`
	Team      []string `sep:"none" help:"Name of a team; may be given several times. Without it, the contact centre."`
}

// Run adds somebody.
func (u *userAdd) Run(with *surroundings) error {
	p, err := app.NewPerson(u.Email, u.Name, u.FirstName, u.Role)
	if err != nil {
		return err
	}
	return u.do(with, func(o *app.Office) error {
		link, err := o.Add(with, p, u.Team)
		if err != nil {
			return err
		}
		printf(with.err, "%s has been added as %s. Give them this link; with it they choose a password.\n", u.Email, u.Role)
		printLink(with, link)
		return nil
	})
}

type userResetPassword struct {
	office
	Email string `arg:"" help:"Email address of the person."`
}

// Run makes a link.
func (u *userResetPassword) Run(with *surroundings) error {
	return u.do(with, func(o *app.Office) error {
		link, err := o.ResetPassword(with, u.Email)
		if err != nil {
			return err
		}
		printf(with.err, "With this link %s chooses a new password. The old one works until then.\n", u.Email)
		printLink(with, link)
		return nil
	})
}

type userDeactivate struct {
	office
	Email string `arg:"" help:"Email address of the person."`
}

// Run keeps somebody out.
func (u *userDeactivate) Run(with *surroundings) error {
	return u.do(with, func(o *app.Office) error {
		if err := o.Deactivate(with, u.Email); err != nil {
			return err
		}
		printf(with.err, "%s has been signed out everywhere and cannot sign in any more.\n", u.Email)
		return nil
	})
}

type userReactivate struct {
	office
	Email string `arg:"" help:"Email address of the person."`
}

// Run lets somebody in again.
func (u *userReactivate) Run(with *surroundings) error {
	return u.do(with, func(o *app.Office) error {
		if err := o.Reactivate(with, u.Email); err != nil {
			return err
		}
		printf(with.err, "%s can sign in again, with the password they had.\n", u.Email)
		return nil
	})
}
