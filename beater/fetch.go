package beater

import (
	"context"
	"fmt"
	"time"

	"github.com/eventsapibeat/eventsapibeat/internal/connection"
	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
)

// fetched is the result of a request.
type fetched struct {
	page     eventsapi.Page
	received time.Time
	err      error
}

// fetch returns the page at the cursor of the poller. It requests the page unless [poller.request]
// has done that already.
func (p *poller) fetch(ctx context.Context) (*page, error) {
	if p.requested == nil {
		p.request(ctx, p.query)
	}
	var result fetched
	select {
	case result = <-p.requested:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	p.requested = nil
	if result.err != nil && time.Since(result.received) > maxRetryWait {
		return p.fetch(ctx) // the output was blocked since: the error says nothing about now
	}
	p.mapper.SetAccountUUID(p.store.Account())
	if result.err != nil {
		return nil, result.err
	}
	if p.query.Cursor != "" {
		p.restarts, p.takenOver = 0, false
	}
	return &page{Page: result.page, received: result.received}, nil
}

// requestNext requests the page after the one that is about to be published, so that the API
// answers in the meantime. There is one such request at most, and the cursor of the poller stays.
func (p *poller) requestNext(ctx context.Context) {
	if p.page.hasNext() {
		next := p.query
		next.Cursor = p.page.Cursor
		p.request(ctx, next)
	}
}

// request starts a request, the result of which fetch returns.
func (p *poller) request(ctx context.Context, query eventsapi.Query) {
	tokenRefused := p.outage.failingWith(
		connection.Unauthorized, connection.MissingFeature, connection.AccountMismatch)
	result := make(chan fetched, 1)
	p.requested = result
	go func() {
		page, err := p.send(ctx, query, tokenRefused)
		result <- fetched{page, time.Now().UTC(), err}
	}()
}

// send sends a request if the token belongs to the account of the position. It uses nothing that
// the goroutine of the poller changes.
func (p *poller) send(ctx context.Context, query eventsapi.Query, tokenRefused bool) (_ eventsapi.Page, err error) {
	defer func() {
		if value := recover(); value != nil {
			p.metrics.Panics.Inc()
			err = newPanicError(value)
		}
	}()
	p.api.Refresh(tokenRefused)
	account, err := p.api.Account(ctx)
	if err != nil {
		return eventsapi.Page{}, err
	}
	switch stored := p.store.Account(); {
	case stored == "":
		p.store.SetAccount(account)
	case account != "" && account != stored:
		return eventsapi.Page{}, connection.Error{
			Class: connection.AccountMismatch,
			Err:   fmt.Errorf("the token belongs to account %s, the stored position to account %s", account, stored),
		}
	}
	page, request, err := p.api.Events(ctx, query)
	if request.Took > 0 { // otherwise ctx was done before
		p.metrics.Request(request.StatusCode, request.Bytes, request.Took, request.Waited)
	}
	if err == nil {
		p.metrics.LastSuccess.Set(time.Now().UTC())
	}
	return page, err
}
