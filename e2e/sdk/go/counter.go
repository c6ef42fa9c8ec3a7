package main

import (
	"context"
	"time"

	"github.com/dapr/go-sdk/actor"
	dapr "github.com/dapr/go-sdk/client"
)

// counterType is the actor type that this program hosts and calls.
const counterType = "GoCounter"

// Counter is an actor: a number with a name, stored in actor state. The SDK finds its methods only on an exported type.
type Counter struct {
	actor.ServerImplBaseCtx
	client dapr.Client
	rings  chan<- ring
}

// ring is one firing of a timer or a reminder.
type ring struct{ actor, name, data string }

func (c *Counter) Type() string { return counterType }

func (c *Counter) Add(ctx context.Context, amount int) (int, error) {
	count, err := c.read(ctx)
	if err != nil {
		return 0, err
	}
	return count + amount, c.GetStateManager().Set(ctx, "count", count+amount)
}

func (c *Counter) Count(ctx context.Context) (int, error) { return c.read(ctx) }

// Remember stores a note that expires.
func (c *Counter) Remember(ctx context.Context, note string) (string, error) {
	return note, c.GetStateManager().SetWithTTL(ctx, "note", note, time.Second)
}

func (c *Counter) StartTimer(ctx context.Context, name string) (string, error) {
	return name, c.client.RegisterActorTimer(ctx, &dapr.RegisterActorTimerRequest{
		ActorType: counterType, ActorID: c.ID(), Name: name,
		DueTime: "100ms", Period: "100ms", Data: []byte(`"tick"`), CallBack: "Tick",
	})
}

func (c *Counter) StopTimer(ctx context.Context, name string) (string, error) {
	return name, c.client.UnregisterActorTimer(ctx, &dapr.UnregisterActorTimerRequest{
		ActorType: counterType, ActorID: c.ID(), Name: name,
	})
}

// Tick is what the timer calls.
func (c *Counter) Tick(_ context.Context, data string) (string, error) {
	c.rings <- ring{c.ID(), "timer", data}
	return "", nil
}

// ReminderCall is what every reminder of this actor calls.
func (c *Counter) ReminderCall(name string, data []byte, _ string, _ string) {
	c.rings <- ring{c.ID(), name, string(data)}
}

func (c *Counter) read(ctx context.Context) (int, error) {
	known, err := c.GetStateManager().Contains(ctx, "count")
	if err != nil || !known {
		return 0, err
	}
	var count int
	return count, c.GetStateManager().Get(ctx, "count", &count)
}

// counterProxy calls a counter on any host: the SDK fills in the functions.
type counterProxy struct {
	id         string
	Add        func(context.Context, int) (int, error)
	Count      func(context.Context) (int, error)
	Remember   func(context.Context, string) (string, error)
	StartTimer func(context.Context, string) (string, error)
	StopTimer  func(context.Context, string) (string, error)
}

func (p *counterProxy) Type() string { return counterType }

func (p *counterProxy) ID() string { return p.id }
