//go:build !linux

package main

import (
	"errors"
	"time"
)

var errNotLinux = errors.New("the benchmark reads CPU time and memory of the Beat as Linux has them")

func cpuUsed(int) (time.Duration, error) { return 0, errNotLinux }

func readMemory(int) (memory, error) { return memory{}, errNotLinux }
