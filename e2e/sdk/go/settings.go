package main

import (
	"context"

	dapr "github.com/dapr/go-sdk/client"
)

func trySecrets(r *report, client dapr.Client) {
	r.try("secrets: get one and all", func(ctx context.Context) {
		colour := map[string]string{"colour": "teal"}
		equal("the secret", must(client.GetSecret(ctx, secretStore, "colour", nil)), colour)
		all := must(client.GetBulkSecret(ctx, secretStore, nil))
		equal("the secret among all", all["colour"], colour)
		equal("a nested secret", all["database:user"], map[string]string{"database:user": "ada"})
	})

	r.try("secrets: an unknown one is an error", func(ctx context.Context) {
		_, err := client.GetSecret(ctx, secretStore, "flavour", nil)
		rejected("the secret", err)
		_, err = client.GetSecret(ctx, "nowhere", "colour", nil)
		rejected("the store", err)
	})
}

func tryConfiguration(r *report, client dapr.Client) {
	r.try("configuration: get returns the requested items with their versions", func(ctx context.Context) {
		greeting := must(client.GetConfigurationItem(ctx, settings, "greeting"))
		equal("the greeting", *greeting, dapr.ConfigurationItem{
			Value: "hello", Version: "1", Metadata: map[string]string{"lang": "en"},
		})
		items := must(client.GetConfigurationItems(ctx, settings, []string{"greeting", "limit", "nothing"}))
		equal("the number of items", len(items), 2)
		equal("the limit", items["limit"].Value, "10")
	})

	r.try("configuration: a subscription gets changes in Postgres until it is unsubscribed", func(ctx context.Context) {
		expectChange(ctx, client, settings, "greeting", func(value string) {
			check(client.InvokeOutputBinding(ctx, &dapr.InvokeBindingRequest{
				Name: database, Operation: "exec", Metadata: map[string]string{
					"sql":    "update settings set value = $1, version = version::int + 1 where key = 'greeting'",
					"params": `["` + value + `"]`,
				},
			}))
		}, dapr.WithConfigurationMetadata("pgNotifyChannel", settings))
	})

	if !hasRedis {
		r.skip("configuration: a subscription gets changes in Redis until it is unsubscribed", "no Redis here")
		return
	}
	r.try("configuration: a subscription gets changes in Redis until it is unsubscribed", func(ctx context.Context) {
		expectChange(ctx, client, redisSettings, "go-colour", func(value string) {
			check(client.InvokeOutputBinding(ctx, &dapr.InvokeBindingRequest{
				Name: redisBinding, Operation: "create", Data: []byte(value), Metadata: map[string]string{"key": "go-colour"},
			}))
		})
	})
}

// expectChange subscribes to an item, changes it, expects the update, and no further update once it has unsubscribed.
func expectChange(ctx context.Context, client dapr.Client, store, key string, set func(string), option ...dapr.ConfigurationOpt) {
	set("first")
	changes := make(chan string, 10)
	id := must(client.SubscribeConfigurationItems(ctx, store, []string{key},
		func(_ string, items map[string]*dapr.ConfigurationItem) { changes <- items[key].Value }, option...))
	set("second")
	for next(ctx, changes, "the change") != "second" {
		// The first value may be sent first.
	}
	check(client.UnsubscribeConfigurationItems(ctx, store, id))
	set("third")
	must(client.GetConfigurationItem(ctx, store, key))
	equal("the number of changes after the end", len(changes), 0)
}

func tryLock(r *report, client dapr.Client) {
	r.try("lock: only one owner at a time, and only the owner unlocks", func(ctx context.Context) {
		lock := func(owner string) bool {
			return must(client.TryLockAlpha1(ctx, lockStore, &dapr.LockRequest{
				ResourceID: "go-till", LockOwner: owner, ExpiryInSeconds: 30,
			})).Success
		}
		unlock := func(owner string) string {
			return must(client.UnlockAlpha1(ctx, lockStore, &dapr.UnlockRequest{ResourceID: "go-till", LockOwner: owner})).Status
		}
		equal("Ann's lock", lock("Ann"), true)
		equal("Bob's lock", lock("Bob"), false)
		equal("Bob's unlock", unlock("Bob"), "LOCK_BELONGS_TO_OTHERS")
		equal("Ann's unlock", unlock("Ann"), "SUCCESS")
		equal("Ann's second unlock", unlock("Ann"), "LOCK_DOES_NOT_EXIST")
		equal("Bob's second lock", lock("Bob"), true)
		equal("Bob's own unlock", unlock("Bob"), "SUCCESS")
	})

	r.try("lock: expires", func(ctx context.Context) {
		short := &dapr.LockRequest{ResourceID: "go-short", LockOwner: "Ann", ExpiryInSeconds: 1}
		equal("the lock", must(client.TryLockAlpha1(ctx, lockStore, short)).Success, true)
		eventually(ctx, "the lock to end", func() bool {
			return must(client.TryLockAlpha1(ctx, lockStore, short)).Success
		})
	})
}
