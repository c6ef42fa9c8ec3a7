package main

import (
	"context"
	"sync"
	"time"

	dapr "github.com/dapr/go-sdk/client"
)

func tryActors(r *report, client dapr.Client, rings <-chan ring) {
	counterOf := func(id string) *counterProxy {
		proxy := &counterProxy{id: id}
		client.ImplActorClientStub(proxy)
		return proxy
	}

	r.try("actor: has state between calls, separate for each actor", func(ctx context.Context) {
		red, blue := counterOf("red"), counterOf("blue")
		before := must(red.Count(ctx))
		equal("red", must(red.Add(ctx, 2)), before+2)
		equal("red again", must(red.Add(ctx, 3)), before+5)
		untouched := must(blue.Count(ctx))
		equal("blue", must(blue.Add(ctx, 1)), untouched+1)
		equal("red at last", must(red.Count(ctx)), before+5)
	})

	r.try("actor: one turn at a time", func(ctx context.Context) {
		busy := counterOf("busy")
		before := must(busy.Count(ctx))
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { _, _ = busy.Add(ctx, 1) })
		}
		all.Wait()
		equal("the count after 20 additions", must(busy.Count(ctx)), before+20)
	})

	r.try("actor: state is readable through the sidecar and expires", func(ctx context.Context) {
		must(counterOf("noted").Remember(ctx, "short-lived"))
		note := &dapr.GetActorStateRequest{ActorType: counterType, ActorID: "noted", KeyName: "note"}
		equal("the note", string(must(client.GetActorState(ctx, note)).Data), `"short-lived"`)
		eventually(ctx, "the note to expire", func() bool { return len(must(client.GetActorState(ctx, note)).Data) == 0 })
	})

	r.try("actor: a transaction of state operations", func(ctx context.Context) {
		must(counterOf("direct").Count(ctx))
		check(client.SaveStateTransactionally(ctx, counterType, "direct", []*dapr.ActorStateOperation{
			{OperationType: "upsert", Key: "a", Value: []byte("1")},
			{OperationType: "upsert", Key: "b", Value: []byte("2")},
			{OperationType: "delete", Key: "a"},
		}))
		read := func(key string) string {
			return string(must(client.GetActorState(ctx, &dapr.GetActorStateRequest{
				ActorType: counterType, ActorID: "direct", KeyName: key,
			})).Data)
		}
		equal("a and b", read("a")+read("b"), "2")
	})

	r.try("actor: a timer ticks until it is stopped", func(ctx context.Context) {
		clock := counterOf("clock")
		must(clock.StartTimer(ctx, "fast"))
		for range 3 {
			equal("the tick", next(ctx, rings, "a tick"), ring{"clock", "timer", "tick"})
		}
		must(clock.StopTimer(ctx, "fast"))
		silent(rings, 400*time.Millisecond)
	})

	r.try("actor: a reminder fires as often as set", func(ctx context.Context) {
		sleeper := &dapr.RegisterActorReminderRequest{
			ActorType: counterType, ActorID: "sleeper", Name: "wake",
			DueTime: "0s", Period: "R2/PT1S", Data: []byte(`"get up"`),
		}
		check(client.RegisterActorReminder(ctx, sleeper))
		for range 2 {
			equal("the ring", next(ctx, rings, "a ring"), ring{"sleeper", "wake", `"get up"`})
		}
		silent(rings, 1500*time.Millisecond)
	})

	r.try("actor: an unregistered reminder does not fire", func(ctx context.Context) {
		check(client.RegisterActorReminder(ctx, &dapr.RegisterActorReminderRequest{
			ActorType: counterType, ActorID: "sleeper", Name: "never", DueTime: "500ms", Data: []byte(`"no"`),
		}))
		check(client.UnregisterActorReminder(ctx, &dapr.UnregisterActorReminderRequest{
			ActorType: counterType, ActorID: "sleeper", Name: "never",
		}))
		silent(rings, 800*time.Millisecond)
	})

	r.try("actor: an unknown method is an error", func(ctx context.Context) {
		_, err := client.InvokeActor(ctx, &dapr.InvokeActorRequest{ActorType: counterType, ActorID: "red", Method: "Fly"})
		rejected("the call", err)
	})
}

// silent fails when a timer or reminder fires within this time. A firing that is already in progress is ignored.
func silent(rings <-chan ring, during time.Duration) {
	for len(rings) > 0 {
		<-rings
	}
	select {
	case one := <-rings:
		equal("what rang", one, ring{})
	case <-time.After(during):
	}
}
