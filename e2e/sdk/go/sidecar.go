package main

import (
	"context"
	"time"

	dapr "github.com/dapr/go-sdk/client"
)

func tryWaiting(r *report, client dapr.Client) {
	r.try("sidecar: is waited for, and finds the app's subscriptions", func(ctx context.Context) {
		check(client.Wait(ctx, 10*time.Second))
		eventually(ctx, "the subscriptions", func() bool {
			return len(must(client.GetMetadata(ctx)).Subscriptions) >= 4
		})
	})
}

func tryMetadata(r *report, client dapr.Client, appID string) {
	r.try("metadata: get returns id and components, set adds an attribute", func(ctx context.Context) {
		check(client.SetMetadata(ctx, "harbour", "Bergen"))
		metadata := must(client.GetMetadata(ctx))
		equal("the app id", metadata.ID, appID)
		equal("the attribute", metadata.ExtendedMetadata["harbour"], "Bergen")
		types := map[string]string{}
		for _, component := range metadata.RegisteredComponents {
			types[component.Name] = component.Type
		}
		equal("the type of the store", types[stateStore], "state.postgresql")
	})
}

func tryShutdown(r *report, client dapr.Client) {
	r.try("sidecar: shuts down", func(ctx context.Context) {
		check(client.Shutdown(ctx))
		eventually(ctx, "the sidecar to exit", func() bool {
			_, err := client.GetMetadata(ctx)
			return err != nil
		})
	})
}
