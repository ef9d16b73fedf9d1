// Command eventsapibeat ships 1Password activity to Elastic. It polls the 1Password Events API and
// publishes ECS documents to any output of libbeat.
package main

import (
	_ "embed"
	"fmt"
	"os"

	"github.com/eventsapibeat/eventsapibeat/cmd"
)

//go:embed fields.yml
var fields string

func main() {
	root, err := cmd.Root(fields)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := root.Execute(); err != nil {
		os.Exit(1)
	}
}
