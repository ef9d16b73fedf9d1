package main

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/eventsapibeat/eventsapibeat/internal/version"
)

func TestTagOfAnotherVersionIsRefused(t *testing.T) {
	ours := "v" + version.Version
	for name, tags := range map[string][]string{
		"none": nil, "ours": {ours}, "ours and another": {"v0.9.0", ours}, "no version": {"nightly", "verified"},
	} {
		assert.NoError(t, checkTags(tags), name)
	}
	for name, tags := range map[string][]string{
		"older": {"v0.9.0"}, "with a suffix": {ours + "-rc1"}, "beside another tag": {"nightly", "v9.9.9"},
	} {
		assert.ErrorContains(t, checkTags(tags), "but internal/version has "+version.Version, name)
	}
}
