package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// parallel is the number of scenarios that run at the same time. They wait more than they compute.
const parallel = 6

// long is the size of the scenarios in the command. The Beat promises to stop within
// shutdown_timeout, 5 seconds, and two seconds.
var long = size{stops: 20, backlog: 5000, burst: 1500, stopTimeout: 7 * time.Second}

func main() {
	seed := flag.Uint64("seed", rand.Uint64N(1_000_000), "seed of the first round; each further round adds one")
	rounds := flag.Uint64("rounds", 1, "number of times to run all scenarios")
	only := flag.String("only", "", "run only the scenarios whose names contain this text")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *seed, *rounds, *only)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run runs the scenarios and prints a line for each result. The working directory must be within
// the repository.
func run(ctx context.Context, seed, rounds uint64, only string) (err error) {
	dir, err := os.MkdirTemp("", "eventsapibeat-chaos-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if harness.Binary, err = harness.Build(dir); err != nil {
		return err
	}
	chosen := slices.DeleteFunc(scenarios(), func(s scenario) bool { return !strings.Contains(s.name, only) })
	failed := 0
	for round := range rounds {
		seed := seed + round
		fmt.Printf("seed %d\n%s\n", seed, headline)
		for result := range runAll(ctx, chosen, seed, long) {
			if ctx.Err() != nil {
				continue // wait for the end of all scenarios, whose results do not count any more
			}
			fmt.Println(result)
			if !result.ok() {
				failed++
				const again = "%s\n  again: go run ./test/chaos -seed %d -only %q\n"
				fmt.Printf(again, result.details(), seed, result.scenario)
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d runs failed", failed, uint64(len(chosen))*rounds)
	}
	return nil
}
