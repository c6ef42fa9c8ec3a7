package main

import (
	"context"
	"sort"

	dapr "github.com/dapr/go-sdk/client"
)

// tryState runs on every state store: all have the same guarantees.
func tryState(r *report, client dapr.Client, store string) {
	r.try("state on "+store+": saves, reads and deletes", func(ctx context.Context) {
		check(client.SaveState(ctx, store, "mug", []byte(`{"stock":3}`), nil))
		mug := must(client.GetState(ctx, store, "mug", nil))
		equal("the mug", string(mug.Value), `{"stock":3}`)
		check(client.DeleteState(ctx, store, "mug", nil))
		deleted := must(client.GetState(ctx, store, "mug", nil))
		equal("the deleted mug", len(deleted.Value), 0)
		equal("its etag", deleted.Etag, "")
	})

	r.try("state on "+store+": a stale etag changes nothing", func(ctx context.Context) {
		firstWrite := dapr.WithConcurrency(dapr.StateConcurrencyFirstWrite)
		check(client.SaveState(ctx, store, "lamp", []byte("1"), nil))
		first := must(client.GetState(ctx, store, "lamp", nil))
		check(client.SaveStateWithETag(ctx, store, "lamp", []byte("2"), first.Etag, nil, firstWrite))
		rejected("a save with the old etag", client.SaveStateWithETag(ctx, store, "lamp", []byte("3"), first.Etag, nil, firstWrite))
		options := &dapr.StateOptions{Concurrency: dapr.StateConcurrencyFirstWrite, Consistency: dapr.StateConsistencyStrong}
		rejected("a delete with the old etag",
			client.DeleteStateWithETag(ctx, store, "lamp", &dapr.ETag{Value: first.Etag}, nil, options))
		second := must(client.GetStateWithConsistency(ctx, store, "lamp", nil, dapr.StateConsistencyStrong))
		equal("the lamp", string(second.Value), "2")
		check(client.DeleteStateWithETag(ctx, store, "lamp", &dapr.ETag{Value: second.Etag}, nil, options))
	})

	r.try("state on "+store+": many keys at once", func(ctx context.Context) {
		check(client.SaveBulkState(ctx, store,
			&dapr.SetStateItem{Key: "red", Value: []byte(`"r"`)},
			&dapr.SetStateItem{Key: "green", Value: []byte(`"g"`)},
		))
		items := must(client.GetBulkState(ctx, store, []string{"red", "green", "none"}, nil, 10))
		found := map[string]string{}
		for _, item := range items {
			equal("the error of "+item.Key, item.Error, "")
			found[item.Key] = string(item.Value)
		}
		equal("what was found", found, map[string]string{"red": `"r"`, "green": `"g"`, "none": ""})
		check(client.DeleteBulkState(ctx, store, []string{"red", "green"}, nil))
		equal("the deleted key", len(must(client.GetState(ctx, store, "red", nil)).Value), 0)
	})

	r.try("state on "+store+": a transaction writes all or nothing", func(ctx context.Context) {
		check(client.SaveState(ctx, store, "old", []byte("1"), nil))
		check(client.ExecuteStateTransaction(ctx, store, nil, []*dapr.StateOperation{
			{Type: dapr.StateOperationTypeUpsert, Item: &dapr.SetStateItem{Key: "new", Value: []byte("2")}},
			{Type: dapr.StateOperationTypeDelete, Item: &dapr.SetStateItem{Key: "old"}},
		}))
		equal("the new key", string(must(client.GetState(ctx, store, "new", nil)).Value), "2")
		equal("the old key", len(must(client.GetState(ctx, store, "old", nil)).Value), 0)
		rejected("a transaction with a wrong etag", client.ExecuteStateTransaction(ctx, store, nil, []*dapr.StateOperation{
			{Type: dapr.StateOperationTypeUpsert, Item: &dapr.SetStateItem{Key: "other", Value: []byte("3")}},
			{Type: dapr.StateOperationTypeUpsert, Item: &dapr.SetStateItem{
				Key: "new", Value: []byte("4"), Etag: &dapr.ETag{Value: "77777"},
				Options: &dapr.StateOptions{Concurrency: dapr.StateConcurrencyFirstWrite},
			}},
		}))
		equal("the other key", len(must(client.GetState(ctx, store, "other", nil)).Value), 0)
		check(client.DeleteState(ctx, store, "new", nil))
	})

	r.try("state on "+store+": a value with a time to live expires", func(ctx context.Context) {
		check(client.SaveState(ctx, store, "brief", []byte("1"), map[string]string{"ttlInSeconds": "1"}))
		brief := must(client.GetState(ctx, store, "brief", nil))
		equal("the value", string(brief.Value), "1")
		equal("whether it has an expiry time", brief.Metadata["ttlExpireTime"] != "", true)
		eventually(ctx, "the key to expire", func() bool {
			return len(must(client.GetState(ctx, store, "brief", nil)).Value) == 0
		})
	})
}

func tryQuery(r *report, client dapr.Client) {
	r.try("state query: filters, sorts and pages", func(ctx context.Context) {
		json := map[string]string{"contentType": "application/json"}
		for key, value := range map[string]string{
			"tent": `{"kind":"camp","price":90}`, "stove": `{"kind":"camp","price":40}`, "kayak": `{"kind":"sea","price":700}`,
		} {
			check(client.SaveState(ctx, queryStore, key, []byte(value), json))
		}
		query := `{"filter":{"EQ":{"kind":"camp"}},"sort":[{"key":"price","order":"ASC"}],"page":{"limit":5}}`
		response := must(client.QueryStateAlpha1(ctx, queryStore, query, nil))
		keys := []string{}
		for _, result := range response.Results {
			keys = append(keys, result.Key)
		}
		equal("the keys", keys, []string{"stove", "tent"})
		all := must(client.QueryStateAlpha1(ctx, queryStore, `{"page":{"limit":2}}`, nil))
		equal("the size of a page", len(all.Results), 2)
		equal("whether there is a next page", all.Token != "", true)
		stored := []string{"kayak", "stove", "tent"}
		sort.Strings(stored)
		check(client.DeleteBulkState(ctx, queryStore, stored, nil))
	})
}
