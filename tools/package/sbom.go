package main

import (
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"github.com/CycloneDX/cyclonedx-go"

	"github.com/eventsapibeat/eventsapibeat/internal/version"
)

// writeSBOM writes the CycloneDX SBOM of a binary to path. It lists the modules that are linked into
// the binary, which the binary itself names, and the Go standard library. It has no serial number
// and no time, so that it is the same for the same binary.
func writeSBOM(binary, path string) (err error) {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return fmt.Errorf("read the build information: %w", err)
	}
	hash, err := sha256File(binary)
	if err != nil {
		return err
	}
	main := component(cyclonedx.ComponentTypeApplication, debug.Module{
		Path: info.Main.Path, Version: "v" + version.Version,
	})
	main.Hashes = &[]cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: hash}}
	properties := []cyclonedx.Property{}
	for _, setting := range info.Settings { // GOOS, GOARCH, CGO_ENABLED, -trimpath and others
		properties = append(properties, cyclonedx.Property{Name: "go:build:" + setting.Key, Value: setting.Value})
	}
	main.Properties = &properties
	standard := component(cyclonedx.ComponentTypeLibrary, debug.Module{Path: "std", Version: info.GoVersion})
	components := []cyclonedx.Component{standard}
	for _, module := range info.Deps {
		if module.Replace != nil {
			module = module.Replace // the code that is linked
		}
		if folder, isOurs := strings.CutPrefix(module.Path, "./"); isOurs {
			module = &debug.Module{Path: info.Main.Path + "/" + folder, Version: main.Version}
		}
		components = append(components, component(cyclonedx.ComponentTypeLibrary, *module))
	}
	bom := cyclonedx.NewBOM()
	bom.Metadata = &cyclonedx.Metadata{Component: &main}
	bom.Components = &components

	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return cyclonedx.NewBOMEncoder(file, cyclonedx.BOMFileFormatJSON).SetPretty(true).Encode(bom)
}

// component returns the component of a module. Its package URL is also its reference.
func component(kind cyclonedx.ComponentType, module debug.Module) cyclonedx.Component {
	url := fmt.Sprintf("pkg:golang/%s@%s", module.Path, module.Version)
	return cyclonedx.Component{
		BOMRef: url, Type: kind, Name: module.Path, Version: module.Version, PackageURL: url,
	}
}
