package main

import (
	"bytes"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// cpuUsed returns the CPU time that a process has used, in all its threads, user and system. Unlike
// /proc/PID/stat it is not rounded to hundredths of a second, which an idle Beat uses in half a
// minute.
func cpuUsed(pid int) (time.Duration, error) {
	// The clock of another process, see MAKE_PROCESS_CPUCLOCK in linux/posix-timers_types.h: the
	// inverted id, and 2 for the time that the scheduler counts.
	clock := int32(^pid)<<3 | 2
	var used unix.Timespec
	if err := unix.ClockGettime(clock, &used); err != nil {
		return 0, fmt.Errorf("read the CPU time of the Beat: %w", err)
	}
	return time.Duration(used.Nano()), nil
}

// readMemory returns the resident memory of a process.
//
// Source: VmRSS, VmHWM and RssAnon in proc_pid_status(5)
func readMemory(pid int) (memory, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return memory{}, err
	}
	var m memory
	for name, target := range map[string]*int64{"VmRSS": &m.resident, "VmHWM": &m.peak, "RssAnon": &m.anonymous} {
		_, value, _ := bytes.Cut(status, []byte("\n"+name+":"))
		if _, err := fmt.Sscanf(string(value), "%d kB", target); err != nil {
			return memory{}, fmt.Errorf("read %s of the Beat: %w", name, err)
		}
		*target *= 1024
	}
	return m, nil
}
