package main

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/eventsapibeat/eventsapibeat/cmd"
)

// commandLine is the command line of the Beat.
type commandLine struct {
	Options  []commandOption // of all commands
	Commands []command       // those that can be called, in the order of their names
}

// command is a command with its own options.
type command struct {
	Name    string // with those of its parents, such as "test config"
	Usage   string
	Text    string // paragraphs
	Example string
	Options []commandOption
}

// commandOption is an option of a command. Default is "" if it is the zero value.
type commandOption struct{ Name, Default, Text string }

// readCommands describes the commands. libbeat registers its options once in a process.
var readCommands = sync.OnceValues(func() (commandLine, error) {
	root, err := cmd.Root("")
	if err != nil {
		return commandLine{}, err
	}
	line := commandLine{Options: commandOptions(root.PersistentFlags())}
	line.add(&root.Command)
	return line, nil
})

// add adds the commands below a command.
func (l *commandLine) add(parent *cobra.Command) {
	for _, c := range parent.Commands() {
		if c.Runnable() {
			l.Commands = append(l.Commands, command{
				Name:    strings.TrimPrefix(c.CommandPath(), beatName+" "),
				Usage:   c.UseLine(),
				Text:    cmp.Or(c.Long, strings.TrimSuffix(c.Short, ".")+"."),
				Example: c.Example,
				Options: commandOptions(c.LocalNonPersistentFlags()),
			})
		}
		l.add(c)
	}
}

func commandOptions(flags *pflag.FlagSet) (options []commandOption) {
	flags.VisitAll(func(flag *pflag.Flag) {
		if flag.Hidden || flag.Name == "help" {
			return
		}
		argument, text := pflag.UnquoteUsage(flag)
		name := "--" + flag.Name
		if len(flag.Name) == 1 {
			name = "-" + flag.Name
		}
		option := commandOption{Name: strings.TrimSpace(name + " " + argument), Text: text}
		if zero := []string{"", "[]", "false", "0", "0s"}; !slices.Contains(zero, flag.DefValue) {
			option.Default = flag.DefValue
		}
		options = append(options, option)
	})
	return options
}
