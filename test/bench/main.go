package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/eventsapibeat/eventsapibeat/cmd"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// role and options are the environment variables by which this program starts itself as a server or
// as libbeat alone.
const (
	role    = "BENCH_ROLE"
	options = "BENCH_OPTIONS" // JSON
)

func main() {
	if isRole, err := playRole(); isRole {
		exit(err)
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		err = nil
	}
	exit(err)
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// playRole plays the role that the environment names, if any.
func playRole() (isRole bool, err error) {
	switch given := []byte(os.Getenv(options)); os.Getenv(role) {
	case "":
		return false, nil
	case apiRole:
		return true, runAPI(given)
	case bulkRole:
		return true, runBulk(given)
	case aloneRole:
		return true, runAlone(given)
	default:
		return true, fmt.Errorf("unknown role in %s", role)
	}
}

// runAlone runs libbeat alone with the command line of this process.
func runAlone(given []byte) error {
	var o aloneOptions
	if err := json.Unmarshal(given, &o); err != nil {
		return err
	}
	fields, err := os.ReadFile(o.Fields)
	if err != nil {
		return err
	}
	root, err := cmd.RootOf(o.newBeater, string(fields))
	if err != nil {
		return err
	}
	return root.Execute()
}

// run runs the scenarios that the arguments choose, writes their tables to out and its progress to
// log.
func run(ctx context.Context, args []string, out, log io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(log)
	var (
		beats   beatFlag
		runs    = flags.Int("runs", 5, "number of runs of each Beat, after one that does not count")
		only    = flags.String("scenario", "", "comma-separated names of the scenarios to run; all if empty")
		quick   = flags.Bool("quick", false, "run once with few events, to see that the benchmark works")
		format  = flags.String("format", "table", "table (Markdown) or bench (for benchstat)")
		profile = flags.String("profile", "", "existing directory for a CPU profile of each Beat, of its last run")
	)
	flags.Var(&beats, "beat", "NAME=PATH[,SETTING=VALUE]…: a Beat to measure, with settings of its own; repeatable. "+
		"The first is the one that goals are about. One named 1password is 1Password's own Beat")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *format != "table" && *format != "bench" {
		return fmt.Errorf("-format is %q, must be table or bench", *format)
	}
	if *runs < 1 {
		return fmt.Errorf("-runs is %d, must be at least 1", *runs)
	}
	chosen, err := choose(scenarios, *only)
	if err != nil {
		return err
	}
	if len(beats) == 0 {
		beats = beatFlag{{name: "eventsapibeat", binary: harness.RepositoryFile("eventsapibeat")}}
	}
	b := &bench{subjects: append(beats, subject{name: alone}), runs: *runs, warmUps: 1, profile: *profile, log: log}
	if *quick {
		b.runs, b.warmUps = 1, 0
		for i := range chosen {
			chosen[i] = chosen[i].quick()
		}
	}
	r, err := b.measureAll(ctx, chosen)
	if err != nil {
		return err
	}
	text := r.markdown()
	if *format == "bench" {
		text = r.lines()
	}
	_, err = io.WriteString(out, text)
	return err
}

// choose returns the scenarios with the comma-separated names, or all.
func choose(scenarios []scenario, names string) ([]scenario, error) {
	if names == "" {
		return slices.Clone(scenarios), nil
	}
	var chosen []scenario
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(scenarios, func(s scenario) bool { return s.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no scenario %q", name)
		}
		chosen = append(chosen, scenarios[i])
	}
	return chosen, nil
}

// beatFlag is the value of the flag -beat.
type beatFlag []subject

// String implements flag.Value. The flag has no default.
func (b *beatFlag) String() string { return "" }

// Set implements flag.Value.
func (b *beatFlag) Set(text string) error {
	beat, settings, _ := strings.Cut(text, ",")
	name, binary, found := strings.Cut(beat, "=")
	if !found || name == "" || binary == "" {
		return errors.New("must be NAME=PATH[,SETTING=VALUE]…")
	}
	s := subject{name: name, binary: binary}
	if settings != "" {
		s.settings = strings.Split(settings, ",")
	}
	*b = append(*b, s)
	return nil
}
