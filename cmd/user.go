package cmd

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/elastic/elastic-agent-libs/file"
)

// keepUser holds the names of the commands that run as whoever started them: those that run the
// Beat, and those that use no file of it.
var keepUser = []string{
	name, "run", "healthcheck", "version", "help", "completion",
	cobra.ShellCompRequestCmd, cobra.ShellCompNoDescRequestCmd,
}

// continueAsOwner continues a command that root has started as the user who owns path.data. libbeat
// writes meta.json and a log file in nearly every command. If these belonged to root, the Beat could
// not start as its own user any more. It also means that a command succeeds only if the Beat's user
// can read its files. The function has to run before anything is written.
func continueAsOwner(command *cobra.Command, _ []string) error {
	command.SilenceUsage = true // the arguments are valid: later errors are of another kind
	if os.Geteuid() != 0 || slices.Contains(keepUser, command.Name()) {
		return nil
	}
	directory := dataPath()
	info, err := file.Stat(directory)
	if err != nil {
		return nil //nolint:nilerr // no data means that there is no user to keep it for
	}
	uid, err := info.UID()
	if err != nil || uid == 0 {
		return nil //nolint:nilerr // there are no owners on Windows
	}
	gid, err := info.GID()
	if err != nil {
		return err
	}
	if err := becomeUser(uid, gid); err != nil {
		return fmt.Errorf("continue as user %s, who owns %s: %w; run this command as that user",
			userName(uid), directory, err)
	}
	command.PrintErrf("continuing as user %s, who owns %s\n", userName(uid), directory)
	return nil
}

// dataPath returns path.data. If libbeat refuses the configuration, as it does to root if the file
// belongs to another user, dataPath returns the default below path.home.
func dataPath() string {
	settings := commandLineSettings()
	if directory, err := settings.String("path.data", -1); err == nil {
		return directory
	}
	if _, path, err := readSettings(); err == nil {
		return path.Data
	}
	home, err := settings.String("path.home", -1)
	if err != nil {
		home = filepath.Dir(os.Args[0]) // as libbeat does
	}
	return filepath.Join(home, "data")
}
