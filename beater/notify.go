package beater

import (
	"errors"
	"net"
	"os"
)

// notifyReady reports to systemd that the start of a service with Type=notify succeeded, as in
// sd_notify(3). It does nothing if no supervisor has set NOTIFY_SOCKET. A name that begins with @ is
// an abstract socket.
func notifyReady() error {
	name := os.Getenv("NOTIFY_SOCKET")
	if name == "" {
		return nil
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Net: "unixgram", Name: name})
	if err != nil {
		return err
	}
	_, err = conn.Write([]byte("READY=1"))
	return errors.Join(err, conn.Close())
}
