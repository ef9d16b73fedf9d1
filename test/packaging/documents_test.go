//go:build packaging

package packaging

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// tree is an unpacked archive or package.
type tree struct{ documents, detections string } // folders

// trees unpacks the archive and the packages, and returns the trees by their form.
func trees(t *testing.T) map[string]tree {
	t.Helper()
	need(t, "dpkg-deb", "rpm2archive")
	archive, deb, rpm := t.TempDir(), t.TempDir(), t.TempDir()
	run(t, "tar", "-xzf", dist(archiveName+".tar.gz"), "-C", archive)
	run(t, "dpkg-deb", "-x", dist(debName), deb)
	run(t, "sh", "-ec", `rpm2archive - <"$1" | tar -xz -C "$2"`, "sh", dist(rpmName), rpm)
	found := map[string]tree{}
	home := filepath.Join(archive, archiveName)
	found["archive"] = tree{home, filepath.Join(home, "detections")}
	for form, root := range map[string]string{"deb": deb, "rpm": rpm} {
		keepLinksIn(t, root)
		share := filepath.Join(root, "usr", "share")
		found[form] = tree{
			filepath.Join(share, "doc", "eventsapibeat"), filepath.Join(share, "eventsapibeat", "detections"),
		}
	}
	return found
}

// keepLinksIn changes absolute symbolic links below root so that they lead to files below root.
func keepLinksIn(t *testing.T, root string) {
	t.Helper()
	for _, path := range filesBelow(t, root) {
		target, err := os.Readlink(path)
		if err == nil && filepath.IsAbs(target) {
			require.NoError(t, os.Remove(path))
			require.NoError(t, os.Symlink(filepath.Join(root, target), path))
		}
	}
}

// filesBelow returns the paths of all files and symbolic links below a folder.
func filesBelow(t *testing.T, dir string) []string {
	t.Helper()
	var paths []string
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			paths = append(paths, path)
		}
		return err
	}))
	return paths
}

func TestLinksOfInstalledDocumentsLeadToInstalledFiles(t *testing.T) {
	for form, tree := range trees(t) {
		t.Run(form, func(t *testing.T) {
			assert.FileExists(t, filepath.Join(tree.documents, "README.md"))
			for _, page := range filesBelow(t, tree.documents) {
				if filepath.Ext(page) != ".md" {
					continue
				}
				text, err := os.ReadFile(page)
				require.NoError(t, err)
				for _, link := range harness.Links(string(text)) {
					if file, _, _ := strings.Cut(link, "#"); file != "" {
						assert.FileExists(t, filepath.Join(filepath.Dir(page), file), "link of %s", page)
					}
				}
			}
		})
	}
}

func TestReleaseHasOfTheDetectionsOnlyWhatUsersLoad(t *testing.T) {
	want := []string{"eventsapibeat-rules.ndjson"}
	for _, rule := range filesBelow(t, harness.RepositoryFile("detections", "sigma")) {
		want = append(want, filepath.Join("sigma", filepath.Base(rule)))
	}
	for form, tree := range trees(t) {
		t.Run(form, func(t *testing.T) {
			var got []string
			for _, path := range filesBelow(t, tree.detections) {
				relative, err := filepath.Rel(tree.detections, path)
				require.NoError(t, err)
				got = append(got, relative)
			}
			assert.ElementsMatch(t, want, got)
		})
	}
}
