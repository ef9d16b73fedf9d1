package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// subject is a Beat that is measured.
type subject struct {
	name     string
	binary   string   // "": libbeat alone
	settings []string // "KEY=VALUE"
}

// figures are the figures of one run.
type figures map[metric]float64

// measured has the figures of all runs of a scenario.
type measured struct {
	scenario
	samples map[string]map[metric]sample // by name of the subject; none for one that cannot run it
}

// bench measures subjects.
type bench struct {
	subjects []subject
	runs     int
	warmUps  int       // runs before, which do not count
	profile  string    // directory, or ""
	log      io.Writer // progress
}

// measureAll runs scenarios one after the other.
func (b *bench) measureAll(ctx context.Context, scenarios []scenario) (report, error) {
	r := report{subjects: b.subjects}
	for _, s := range scenarios {
		result, err := b.measure(ctx, s)
		if err != nil {
			return report{}, fmt.Errorf("%s: %w", s.name, err)
		}
		r.results = append(r.results, result)
	}
	return r, nil
}

// measure runs a scenario: all subjects in turn, again and again.
func (b *bench) measure(ctx context.Context, s scenario) (result measured, err error) {
	stage, err := newStage(s)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, stage.close()) }()
	result = measured{s, map[string]map[metric]sample{}}
	runs, warmUps := b.runs, b.warmUps
	if s.maxRuns > 0 {
		runs = min(runs, s.maxRuns)
	}
	if s.idle > 0 {
		warmUps = 0 // nothing gets warm
	}
	for run := 1 - warmUps; run <= runs; run++ {
		for _, subject := range b.subjects {
			if subject.name == s.without {
				continue
			}
			got, err := stage.run(ctx, subject, b.profile)
			if err != nil {
				return result, fmt.Errorf("%s: %w", subject.name, err)
			}
			text := got.text(s.metrics)
			_, _ = fmt.Fprintf(b.log, "%s, run %d of %d, %s: %s\n", s.name, run, runs, subject.name, text)
			if run < 1 {
				continue
			}
			if result.samples[subject.name] == nil {
				result.samples[subject.name] = map[metric]sample{}
			}
			for metric, value := range got {
				result.samples[subject.name][metric] = append(result.samples[subject.name][metric], value)
			}
		}
	}
	return result, nil
}

// stage has the servers of a scenario.
type stage struct {
	scenario
	api, bulk *server
	apiReady  apiReady
	bulkReady bulkReady
}

func newStage(s scenario) (*stage, error) {
	stage := &stage{scenario: s}
	var err error
	o := apiOptions{Types: s.types, PerStream: s.perStream(), Accounts: s.accounts, Delay: s.apiDelay}
	if stage.api, err = start(apiRole, o, &stage.apiReady); err != nil {
		return nil, err
	}
	if stage.bulk, err = start(bulkRole, bulkOptions{Delay: s.bulkDelay}, &stage.bulkReady); err != nil {
		return nil, errors.Join(err, stage.api.close())
	}
	return stage, nil
}

func (s *stage) close() error { return errors.Join(s.api.close(), s.bulk.close()) }

const (
	// runTimeout is the limit for one run. The slowest Beat takes a few minutes for a million events.
	runTimeout = 20 * time.Minute

	// stopTimeout is the limit for the end of a Beat after the signal.
	stopTimeout = time.Minute

	// askInterval is the time between two questions to a server. It limits how exact the CPU time is.
	askInterval = 5 * time.Millisecond
)

// run runs a Beat once.
func (s *stage) run(ctx context.Context, beat subject, profile string) (_ figures, err error) {
	ctx, cancel := context.WithTimeout(ctx, runTimeout)
	defer cancel()
	home, err := os.MkdirTemp("", "eventsapibeat-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(home)) }()
	for _, server := range []*server{s.api, s.bulk} {
		var ignored struct{}
		if err := server.ask(reset, &ignored); err != nil {
			return nil, err
		}
	}
	started := time.Now()
	process, err := s.start(beat, home, profile)
	if err != nil {
		return nil, err
	}
	got, err := s.observe(ctx, process, started)
	stopCtx, stopped := context.WithTimeout(context.Background(), stopTimeout)
	defer stopped()
	status, stopErr := process.Stop(stopCtx, os.Interrupt)
	if err == nil && status != 0 {
		err = fmt.Errorf("exit status %d", status)
	}
	if err := errors.Join(err, stopErr); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, logs(home, process))
	}
	var arrived bulkStats
	if err := s.bulk.ask("", &arrived); err != nil {
		return nil, err
	}
	return got, arrived.check(s.events)
}

// start starts a Beat with the published configuration.
func (s *stage) start(beat subject, home, profile string) (*harness.Process, error) {
	b := harness.Beat{
		Binary: beat.binary, Home: home,
		// 1Password's own Beat has no option for a certificate.
		Env: []string{"SSL_CERT_FILE=" + filepath.Join(home, "certificate.pem")},
	}
	config, err := b.Published(s.apiReady.Certificate, s.apiReady.Tokens[0], s.bulkReady.URL)
	if err == nil && len(s.types) == len(harness.EventTypes) {
		config, err = harness.AllEventTypes(config)
	}
	if err == nil {
		config, err = harness.Edit(config, "eventsapibeat:\n", "eventsapibeat:\n"+s.accountList())
	}
	if err != nil {
		return nil, err
	}
	if beat.binary == "" {
		if b.Binary, err = os.Executable(); err != nil {
			return nil, err
		}
		env, err := roleEnv(aloneRole, aloneOptions{
			Fields: harness.RepositoryFile("fields.yml"), API: "https://" + s.apiReady.Host,
			Types: s.types, PerType: s.perStream() * s.accounts,
		})
		if err != nil {
			return nil, err
		}
		b.Env = append(b.Env, env...)
	}
	// A user whose quota is higher would set these.
	settings := []string{"eventsapibeat.rate_limit.per_minute=1000000", "eventsapibeat.rate_limit.per_hour=60000000"}
	args := harness.Settings(append(settings, beat.settings...)...)
	if profile != "" {
		name := strings.ReplaceAll(s.name+"-"+beat.name, " ", "-") + ".pprof"
		// libbeat's system call filter denies timer_delete, by which Go ends a profile.
		args = append(args, "--cpuprofile", filepath.Join(profile, name), "-E", "seccomp.enabled=false")
	}
	return b.Start(config, args...)
}

// accountList returns the accounts after the first.
func (s *stage) accountList() string {
	if s.accounts == 1 {
		return ""
	}
	var list strings.Builder
	list.WriteString("  accounts:\n")
	for i, token := range s.apiReady.Tokens[1:] {
		fmt.Fprintf(&list, "    - {name: account-%d, auth_token: %q", i+2, token)
		for _, section := range sections(s.types) {
			fmt.Fprintf(&list, ", %s: {enabled: true}", section)
		}
		list.WriteString("}\n")
	}
	return list.String()
}

// logs returns the beginning of the output and the end of each log file of a Beat.
func logs(home string, process *harness.Process) string {
	const enough = 4000
	text := process.Stderr()
	texts := []string{text[:min(len(text), enough)]}
	paths, _ := filepath.Glob(filepath.Join(home, "logs", "*")) // the pattern is valid
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			content = []byte(err.Error())
		}
		texts = append(texts, string(content[max(0, len(content)-enough):]))
	}
	return strings.Join(texts, "\n")
}

// sections returns the sections of the configuration of event types.
func sections(types []string) []string {
	var list []string
	for _, t := range eventtype.All {
		if slices.Contains(types, string(t.Name)) {
			list = append(list, t.Section)
		}
	}
	return list
}
