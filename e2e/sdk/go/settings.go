package main

import (
	"context"

	dapr "github.com/dapr/go-sdk/client"
)

func trySecrets(r *report, client dapr.Client) {
	r.try("secrets: gives one and all", func(ctx context.Context) {
		equal("the secret", must(client.GetSecret(ctx, secretStore, secretName, nil)), map[string]string{secretName: secretValue})
		all := must(client.GetBulkSecret(ctx, secretStore, nil))
		equal("the secret among all", all[secretName], map[string]string{secretName: secretValue})
	})

	r.try("secrets: what is not there is refused", func(ctx context.Context) {
		_, err := client.GetSecret(ctx, "nowhere", secretName, nil)
		refused("the store", err)
	})
}

func tryConfiguration(r *report, client dapr.Client) {
	// Redis holds the settings, and the Redis binding is the hand that changes them.
	set := func(ctx context.Context, key, value string) {
		check(client.InvokeOutputBinding(ctx, &dapr.InvokeBindingRequest{
			Name: redisBinding, Operation: "create", Data: []byte(value), Metadata: map[string]string{"key": key},
		}))
	}

	r.try("configuration: gives the items asked for, with their versions", func(ctx context.Context) {
		set(ctx, "go-colour", "red||1")
		set(ctx, "go-size", "small")
		item := must(client.GetConfigurationItem(ctx, configurationStore, "go-colour"))
		equal("the item", item.Value+" "+item.Version, "red 1")
		items := must(client.GetConfigurationItems(ctx, configurationStore, []string{"go-colour", "go-size", "go-none"}))
		equal("the number of items", len(items), 2)
		equal("the size", items["go-size"].Value, "small")
	})

	r.try("configuration: tells changes until it is unsubscribed", func(ctx context.Context) {
		changes := make(chan string, 10)
		id := must(client.SubscribeConfigurationItems(ctx, configurationStore, []string{"go-colour"},
			func(_ string, items map[string]*dapr.ConfigurationItem) {
				for key, item := range items {
					changes <- key + "=" + item.Value
				}
			}))
		set(ctx, "go-colour", "blue||2")
		for next(ctx, changes, "the change to blue") != "go-colour=blue" {
			// the value at the start may be told first
		}
		check(client.UnsubscribeConfigurationItems(ctx, configurationStore, id))
		set(ctx, "go-colour", "green||3")
		set(ctx, "go-size", "large")
		equal("changes told after the end", len(changes), 0)
	})
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

	r.try("lock: ends by itself", func(ctx context.Context) {
		short := &dapr.LockRequest{ResourceID: "go-short", LockOwner: "Ann", ExpiryInSeconds: 1}
		equal("the lock", must(client.TryLockAlpha1(ctx, lockStore, short)).Success, true)
		eventually(ctx, "the lock to end", func() bool {
			return must(client.TryLockAlpha1(ctx, lockStore, short)).Success
		})
	})
}
