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

// parallel is how many scenarios run at a time. They wait more than they work.
const parallel = 6

// long is the size of the scenarios when they are run by hand.
var long = size{ends: 20, backlog: 5000, burst: 1500, stop: 7 * time.Second} // a stop: shutdown_timeout and two seconds

func main() {
	seed := flag.Uint64("seed", rand.Uint64N(1_000_000), "seed of the first round; the next ones count on from it")
	rounds := flag.Uint64("rounds", 1, "how often to run all scenarios")
	only := flag.String("only", "", "part of the names of the scenarios to run")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *seed, *rounds, *only)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run runs the scenarios so many times and tells each result as a line. The working directory is the repository's root.
func run(ctx context.Context, seed, rounds uint64, only string) (err error) {
	dir, err := os.MkdirTemp("", "eventsapibeat-chaos-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	binary, err := harness.Build(dir)
	if err != nil {
		return err
	}
	chosen := slices.DeleteFunc(scenarios(), func(s scenario) bool { return !strings.Contains(s.name, only) })
	failed := 0
	for round := range rounds {
		fmt.Printf("seed %d\n%s\n", seed+round, headline)
		stage := stage{binary: binary, root: ".", seed: seed + round, size: long}
		for result := range stage.runAll(ctx, chosen) {
			if ctx.Err() != nil {
				continue // told to stop: the rest ends without a result
			}
			fmt.Println(result)
			if !result.ok() {
				failed++
				fmt.Printf("%s\n  again: go run ./test/chaos -seed %d -only %q\n", result.details(), seed+round, result.scenario)
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
