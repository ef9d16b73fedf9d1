//go:build packaging

package packaging

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// Paths in the image.
const (
	imageHome = "/usr/share/eventsapibeat"
	imageData = imageHome + "/data"
)

// images is the storage of the images and containers of the tests.
type images struct {
	dir   string
	probe error // why this machine cannot build images or run containers
	err   error // of the build
}

// restrictions are the arguments of podman run for each container: no privileges and a read-only root.
var restrictions = []string{
	"--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096", "--health-interval=disable", "--network=host",
	"--read-only", "--read-only-tmpfs=false", "--cap-drop=ALL", "--security-opt=no-new-privileges",
}

// theImage builds the image once. TestMain removes it.
var theImage = sync.OnceValue(func() *images {
	i := new(images)
	if i.dir, i.err = os.MkdirTemp("", "eventsapibeat-image"); i.err != nil {
		return i
	}
	if i.probe = i.tryOut(); i.probe == nil {
		i.err = i.build("eventsapibeat:test", dist("image"))
	}
	return i
})

// tryOut builds an image of one file and runs a program of this machine in a container.
func (i *images) tryOut() error {
	dir := filepath.Join(i.dir, "probe")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	const text = "FROM scratch\nCOPY Dockerfile /\n"
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(text), 0o644); err != nil {
		return err
	}
	if err := i.build("eventsapibeat:probe", dir); err != nil {
		return err
	}
	run := append([]string{"run", "--rm"}, restrictions...)
	return command("podman", i.podman(append(run, "--rootfs", "/:O", "/bin/true")...)...)
}

// build builds an image of the folder.
func (i *images) build(tag, dir string) error {
	return command("buildah", append(i.storage(), "bud", "--isolation", "chroot", "--format", "docker",
		"--timestamp", "0", "--quiet", "--tag", tag, dir)...)
}

// imageUsed reports whether theImage was built.
var imageUsed bool

func (i *images) storage() []string {
	return []string{"--root", filepath.Join(i.dir, "storage"), "--runroot", filepath.Join(i.dir, "run")}
}

// podman returns the arguments of a podman command.
func (i *images) podman(args ...string) []string {
	return append(append(i.storage(), "--cgroup-manager", "cgroupfs", "--runtime", "runc"), args...)
}

func (i *images) remove() {
	_ = command("podman", i.podman("rm", "--all", "--force", "--time", "0")...)
	_ = command("umount", filepath.Join(i.dir, "storage", "overlay")) // mounted by podman, if at all
	_ = os.RemoveAll(i.dir)
}

// container is the Beat in a container, which has no privileges and a read-only root.
type container struct {
	*testHarness
	*images
	t    *testing.T
	name string
	dir  string   // of the test on this machine
	args []string // of podman run
}

// newContainer returns a container that does not run yet. Its configuration is the published one. It
// belongs to root and may be read by all, as a ConfigMap.
func newContainer(t *testing.T) *container {
	t.Helper()
	needRoot(t)
	need(t, "buildah", "podman", "runc")
	imageUsed = true
	c := &container{
		testHarness: newHarness(t), images: theImage(), t: t,
		name: strings.NewReplacer("/", "-").Replace(t.Name()), dir: t.TempDir(),
	}
	if c.probe != nil {
		cannot(t, "buildah and podman do not work: "+c.probe.Error())
	}
	require.NoError(t, c.err)
	config, err := os.ReadFile(files("eventsapibeat.yml"))
	require.NoError(t, err)
	write(t, c.file("eventsapibeat.yml"), c.configureWith(string(config), "/certificate.pem"), 0o644)
	write(t, c.file("certificate.pem"), string(c.API.CertificatePEM()), 0o644)
	require.NoError(t, os.Mkdir(c.file("data"), 0o755))
	require.NoError(t, os.Chmod(c.file("data"), 0o770))
	c.args = append(slices.Clone(restrictions),
		"-v", c.file("eventsapibeat.yml")+":"+imageHome+"/eventsapibeat.yml:ro",
		"-v", c.file("certificate.pem")+":/certificate.pem:ro")
	// The context of the test is done by then. The container may not exist.
	t.Cleanup(func() { _ = command("podman", c.podman("rm", "--force", "--time", "0", c.name)...) })
	return c
}

// file returns the path of a file of the test on this machine. The folder data is for the volume.
func (c *container) file(name string) string { return filepath.Join(c.dir, name) }

// try runs podman and returns what it prints to both outputs.
func (c *container) try(args ...string) (string, error) {
	return output(c.t, "podman", c.podman(args...)...)
}

// edit replaces texts of the configuration.
func (c *container) edit(oldAndNew ...string) {
	c.t.Helper()
	text, err := os.ReadFile(c.file("eventsapibeat.yml"))
	require.NoError(c.t, err)
	write(c.t, c.file("eventsapibeat.yml"), harness.Replace(c.t, string(text), oldAndNew...), 0o644)
}

// start starts the Beat with the folder data as its volume. args are further arguments of podman run.
func (c *container) start(args ...string) {
	c.t.Helper()
	c.startWith(append(args, "-v", c.file("data")+":"+imageData), nil)
}

// startWith starts the Beat. args are arguments of podman run, command those of the Beat.
func (c *container) startWith(args, command []string) {
	c.t.Helper()
	_, _ = c.try("rm", "--force", "--time", "0", c.name) // of an earlier start
	all := append([]string{"run", "--detach", "--name", c.name}, append(c.args, args...)...)
	out, err := c.try(append(append(all, "eventsapibeat:test"), command...)...)
	require.NoError(c.t, err, out)
}

// logs returns what the Beat wrote to its outputs.
func (c *container) logs() string {
	out, _ := c.try("logs", c.name) // fails while the container is made
	return out
}

// ended waits for the end of the Beat and returns its exit status.
func (c *container) ended() string {
	c.t.Helper()
	c.Eventually(func() bool { return c.inspect("{{.State.Running}}") == "false" }, "the Beat ends")
	return c.inspect("{{.State.ExitCode}}")
}

func (c *container) inspect(format string) string {
	out, _ := c.try("inspect", "--format", format, c.name)
	return out
}

// stop stops the Beat as an orchestrator does and returns its exit status.
func (c *container) stop() string {
	c.t.Helper()
	out, err := c.try("stop", "--time", "60", c.name)
	require.NoError(c.t, err, out)
	return c.inspect("{{.State.ExitCode}}")
}

func (c *container) arrive(n int, what string) {
	c.t.Helper()
	c.Eventually(func() bool { return c.recorder.Count() == n }, what+"\n"+c.logs())
}
