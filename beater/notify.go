package beater

import (
	"errors"
	"net"
	"os"
	"time"
)

// notifyTimeout limits how long notifyReady waits for a supervisor whose socket is full.
const notifyTimeout = time.Second

// notifyReady reports to systemd that the start of a service with Type=notify succeeded, as in
// sd_notify(3). It does nothing if no supervisor has set NOTIFY_SOCKET. A name that begins with @ is
// an abstract socket. Its error is [os.ErrDeadlineExceeded] if the supervisor does not read for
// notifyTimeout.
func notifyReady() error {
	name := os.Getenv("NOTIFY_SOCKET")
	if name == "" {
		return nil
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Net: "unixgram", Name: name})
	if err != nil {
		return err
	}
	_ = conn.SetWriteDeadline(time.Now().Add(notifyTimeout)) // fails only if conn is closed
	_, err = conn.Write([]byte("READY=1"))
	return errors.Join(err, conn.Close())
}
