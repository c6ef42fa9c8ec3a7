package main

import (
	"context"
	"encoding/json"

	dapr "github.com/dapr/go-sdk/client"
	"github.com/dapr/go-sdk/service/common"
)

// receiveTicks receives the events of the cron binding. A full channel drops them.
func receiveTicks(service common.Service) <-chan struct{} {
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
	invoke := func(ctx context.Context, name, operation, data string, metadata map[string]string) string {
		return string(must(client.InvokeBinding(ctx, &dapr.InvokeBindingRequest{
			Name: name, Operation: operation, Data: []byte(data), Metadata: metadata,
		})).Data)
	}

	r.try("binding out: a query of Postgres", func(ctx context.Context) {
		response := invoke(ctx, database, "query", "", map[string]string{
			"sql": "select $1::text || '!', 6 * $2::int", "params": `["hi", 7]`,
		})
		var rows [][]any
		check(json.Unmarshal([]byte(response), &rows))
		equal("the rows", rows, [][]any{{"hi!", 42.0}})
	})

	r.try("binding out: creates and reads a file", func(ctx context.Context) {
		name := map[string]string{"fileName": "notes/today.txt"}
		invoke(ctx, files, "create", "low tide at nine", name)
		equal("the file", invoke(ctx, files, "get", "", name), "low tide at nine")
		invoke(ctx, files, "delete", "", name)
	})

	if hasRedis {
		r.try("binding out: creates, reads and deletes a value in Redis", func(ctx context.Context) {
			key := map[string]string{"key": "go-binding"}
			invoke(ctx, redisBinding, "create", "hello", key)
			equal("the value", invoke(ctx, redisBinding, "get", "", key), "hello")
			invoke(ctx, redisBinding, "delete", "", key)
			equal("the deleted value", invoke(ctx, redisBinding, "get", "", key), "")
		})
	} else {
		r.skip("binding out: creates, reads and deletes a value in Redis", "no Redis here")
	}

	r.try("binding out: an unknown operation is an error", func(ctx context.Context) {
		rejected("the operation", client.InvokeOutputBinding(ctx, &dapr.InvokeBindingRequest{Name: database, Operation: "fly"}))
	})
}
