package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// report presents results.
type report struct {
	subjects []subject
	results  []measured
}

// text returns the metrics of a run as one line.
func (f figures) text(metrics []metric) string {
	var list []string
	for _, m := range metrics {
		list = append(list, m.format(f[m])+" "+string(m))
	}
	return strings.Join(list, ", ")
}

// format returns a value with three significant digits, or as a whole number.
func (metric) format(value float64) string {
	switch {
	case value >= 1000:
		return fmt.Sprintf("%.0f", value)
	case value >= 100:
		return fmt.Sprintf("%.1f", value)
	case value >= 0.1:
		return fmt.Sprintf("%.2f", value)
	default:
		return fmt.Sprintf("%.3f", value)
	}
}

// markdown returns the tables of docs/performance.md.
func (r report) markdown() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s, %s.\n\n", time.Now().UTC().Format(time.DateOnly), machine())
	text.WriteString("Median of the runs (lowest–highest). A ratio is the median of the ratios run by run.\n")
	for _, result := range r.results {
		result.table(&text, r.subjects)
	}
	r.goals(&text)
	return text.String()
}

// table writes the table of a scenario.
func (m measured) table(text *strings.Builder, subjects []subject) {
	fmt.Fprintf(text, "\n**%s**: %s\n\n|", m.name, m.description)
	for _, metric := range m.metrics {
		fmt.Fprintf(text, " | %s", metric)
	}
	text.WriteString(" |\n|---" + strings.Repeat("|---", len(m.metrics)) + "|\n")
	subjects = slices.DeleteFunc(slices.Clone(subjects), func(s subject) bool { return s.name == m.without })
	for _, subject := range subjects {
		fmt.Fprintf(text, "| %s", subject.name)
		for _, metric := range m.metrics {
			values := m.samples[subject.name][metric]
			fmt.Fprintf(text, " | %s", metric.format(values.median()))
			if len(values) > 1 {
				fmt.Fprintf(text, " (%s–%s)", metric.format(slices.Min(values)), metric.format(slices.Max(values)))
			}
		}
		text.WriteString(" |\n")
	}
	for _, other := range subjects[1:] {
		fmt.Fprintf(text, "| %s / %s", subjects[0].name, other.name)
		for _, metric := range m.metrics {
			ratios := m.samples[subjects[0].name][metric].dividedBy(m.samples[other.name][metric])
			fmt.Fprintf(text, " | %.2f", ratios.median())
		}
		text.WriteString(" |\n")
	}
}

// goals writes which goals are met, of those that were measured.
func (r report) goals(text *strings.Builder) {
	text.WriteString("\n| Goal | Measured | Met |\n|---|---|---|\n")
	for _, g := range goals {
		value, measured := r.value(g)
		if !measured {
			continue
		}
		met := "no"
		if g.met(value) {
			met = "yes"
		}
		fmt.Fprintf(text, "| %s | %s | %s |\n", g, g.metric.format(value), met)
	}
}

// value returns what a goal limits. It returns false if it was not measured.
func (r report) value(g goal) (value float64, measured bool) {
	first := r.subjects[0].name
	values := r.sample(g.scenario, first, g.metric)
	other := r.sample(g.inOther, first, g.metric)
	switch {
	case g.of != "":
		values = values.dividedBy(r.sample(g.scenario, g.of, g.metric))
	case g.inOther != "" && len(values) > 0 && len(other) > 0: // they have nothing to do with each other run by run
		values = sample{values.median() / other.median()}
	case g.inOther != "":
		values = nil
	}
	if len(values) == 0 {
		return 0, false
	}
	return values.median(), true
}

// sample returns the values of a subject in a scenario, nil if they were not measured.
func (r report) sample(scenario, subject string, m metric) sample {
	for _, result := range r.results {
		if result.name == scenario {
			return result.samples[subject][m]
		}
	}
	return nil
}

// met reports whether a value meets the goal.
func (g goal) met(value float64) bool {
	if g.atMost {
		return value <= g.limit
	}
	return value >= g.limit
}

// String returns the goal as a phrase.
func (g goal) String() string {
	comparison, reference := "at least", ""
	if g.atMost {
		comparison = "at most"
	}
	switch {
	case g.of != "":
		reference = " × " + g.of
	case g.inOther != "":
		reference = " × " + g.inOther
	}
	return fmt.Sprintf("%s: %s %s %g%s", g.scenario, g.metric, comparison, g.limit, reference)
}

// lines returns a line of Go's benchmark format for each run, which benchstat compares.
func (r report) lines() string {
	var text strings.Builder
	fmt.Fprintf(&text, "goos: %s\ngoarch: %s\ncpu: %s\n", runtime.GOOS, runtime.GOARCH, cpuModel())
	unit := strings.NewReplacer(" ", "-")
	for _, result := range r.results {
		for _, subject := range r.subjects {
			samples := result.samples[subject.name]
			for run := range samples[result.metrics[0]] {
				fmt.Fprintf(&text, "Benchmark/%s/%s 1", result.name, unit.Replace(subject.name))
				for _, metric := range result.metrics {
					fmt.Fprintf(&text, " %s %s", metric.format(samples[metric][run]), unit.Replace(string(metric)))
				}
				text.WriteString("\n")
			}
		}
	}
	return text.String()
}

// machine describes where the benchmark runs.
func machine() string {
	platform := runtime.GOOS + "/" + runtime.GOARCH
	return fmt.Sprintf("%s, %s, %d × %s", runtime.Version(), platform, runtime.NumCPU(), cpuModel())
}

func cpuModel() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown CPU"
	}
	_, model, _ := strings.Cut(string(info), "model name\t: ")
	model, _, _ = strings.Cut(model, "\n")
	return model
}
