package main

import (
	"context"
	"encoding/json"

	dapr "github.com/dapr/go-sdk/client"
	"github.com/dapr/go-sdk/service/common"
)

// hearTicks takes what the cron binding sends. A full channel drops: a tick is worth nothing later.
func hearTicks(service common.Service) <-chan struct{} {
	ticks := make(chan struct{}, 1)
	check(service.AddBindingInvocationHandler(cronBinding, func(context.Context, *common.BindingEvent) ([]byte, error) {
		select {
		case ticks <- struct{}{}:
		default:
		}
		return nil, nil
	}))
	return ticks
}

func tryInputBinding(r *report, ticks <-chan struct{}) {
	r.try("binding in: cron calls the app again and again", func(ctx context.Context) {
		next(ctx, ticks, "a first tick")
		next(ctx, ticks, "a second tick")
	})
}

func tryOutputBindings(r *report, client dapr.Client) {
	r.try("binding out: Redis keeps, gives and forgets a value", func(ctx context.Context) {
		key := map[string]string{"key": "go-binding"}
		check(client.InvokeOutputBinding(ctx, &dapr.InvokeBindingRequest{
			Name: redisBinding, Operation: "create", Data: []byte("hello"), Metadata: key,
		}))
		got := must(client.InvokeBinding(ctx, &dapr.InvokeBindingRequest{Name: redisBinding, Operation: "get", Metadata: key}))
		equal("the value", string(got.Data), "hello")
		check(client.InvokeOutputBinding(ctx, &dapr.InvokeBindingRequest{Name: redisBinding, Operation: "delete", Metadata: key}))
		gone := must(client.InvokeBinding(ctx, &dapr.InvokeBindingRequest{Name: redisBinding, Operation: "get", Metadata: key}))
		equal("the deleted value", len(gone.Data), 0)
	})

	r.try("binding out: Postgres answers a query", func(ctx context.Context) {
		got := must(client.InvokeBinding(ctx, &dapr.InvokeBindingRequest{
			Name: postgresBinding, Operation: "query",
			Metadata: map[string]string{"sql": "select $1::text || '!', 6 * $2::int", "params": `["hi", 7]`},
		}))
		var rows [][]any
		check(json.Unmarshal(got.Data, &rows))
		equal("the rows", rows, [][]any{{"hi!", 42.0}})
		equal("the operation told back", got.Metadata["operation"], "query")
	})

	r.try("binding out: an operation it does not know is refused", func(ctx context.Context) {
		_, err := client.InvokeBinding(ctx, &dapr.InvokeBindingRequest{Name: redisBinding, Operation: "fly"})
		refused("the operation", err)
	})
}
