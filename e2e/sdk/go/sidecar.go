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
	r.try("metadata: tells about the sidecar, and keeps what the app adds", func(ctx context.Context) {
		check(client.SetMetadata(ctx, "mood", "sunny"))
		told := must(client.GetMetadata(ctx))
		equal("the app id", told.ID, appID)
		equal("the mood", told.ExtendedMetadata["mood"], "sunny")
		types := map[string]string{}
		for _, component := range told.RegisteredComponents {
			types[component.Name] = component.Type
		}
		equal("the type of the store", types[stateStore], "state.postgresql")
	})
}

func tryShutdown(r *report, client dapr.Client) {
	r.try("sidecar: shuts down when it is asked to", func(ctx context.Context) {
		check(client.Shutdown(ctx))
		eventually(ctx, "the sidecar to be gone", func() bool {
			_, err := client.GetMetadata(ctx)
			return err != nil
		})
	})
}
