package harness

import (
	"net"
	"strconv"
	"sync"
)

// lumberjackListener knows the connections that it has accepted, by their remote address.
type lumberjackListener struct {
	net.Listener

	mu       sync.Mutex // guards accepted
	accepted map[string]*lumberjackConnection
}

// Accept waits for the next connection.
func (l *lumberjackListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	number := lumberjackNumber(len(l.accepted))
	connection := &lumberjackConnection{Conn: conn, number: number, acknowledged: make(chan struct{}, 1), ended: make(chan struct{})}
	connection.end = sync.OnceFunc(func() { close(connection.ended) })
	l.accepted[number.String()] = connection
	return connection, nil
}

// connection is the one of that remote address.
func (l *lumberjackListener) connection(address string) *lumberjackConnection {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.accepted[address]
}

// lumberjackNumber is the remote address of a connection, by which its windows are known: its port might be that of an earlier one.
type lumberjackNumber int

func (lumberjackNumber) Network() string  { return "lumberjack" }
func (n lumberjackNumber) String() string { return strconv.Itoa(int(n)) }

// lumberjackConnection tells when it has sent the acknowledgement of a window, and when it has ended.
type lumberjackConnection struct {
	net.Conn

	number       lumberjackNumber
	acknowledged chan struct{} // gets a value for each window, for which receive waits
	ended        chan struct{}
	end          func()
}

func (c *lumberjackConnection) RemoteAddr() net.Addr { return c.number }

// Write sends a frame: "2A" and how many documents of the window are acknowledged, in four bytes. None is but a sign of life.
func (c *lumberjackConnection) Write(frame []byte) (int, error) {
	n, err := c.Conn.Write(frame)
	if err == nil && [4]byte(frame[2:]) != [4]byte{} {
		c.acknowledged <- struct{}{}
	}
	return n, err
}

// Close ends the connection.
func (c *lumberjackConnection) Close() error {
	defer c.end()
	return c.Conn.Close()
}
