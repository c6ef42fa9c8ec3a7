package main

import (
	"context"
	"fmt"

	dapr "github.com/dapr/go-sdk/client"
	"github.com/dapr/go-sdk/service/common"
)

// tryStreams hears topics without a port of its own: the sidecar sends events down a stream that the app has opened.
func tryStreams(r *report, client dapr.Client, pubsub string) {
	r.try("streamed subscription: a handler answers each event", func(ctx context.Context) {
		heard := make(chan string, 10)
		stop := must(client.SubscribeWithHandler(ctx, dapr.SubscriptionOptions{PubsubName: pubsub, Topic: "streamed"},
			func(event *common.TopicEvent) common.SubscriptionResponseStatus {
				heard <- fmt.Sprint(event.Data)
				return common.SubscriptionResponseStatusSuccess
			}))
		for _, word := range []string{"one", "two"} {
			check(client.PublishEvent(ctx, pubsub, "streamed", word, dapr.PublishEventWithContentType("text/plain")))
			equal("the event", next(ctx, heard, word), word)
		}
		check(stop())
	})

	r.try("streamed subscription: refused events come again, dropped ones die", func(ctx context.Context) {
		graveyard := "streamed-graveyard"
		dead := must(client.Subscribe(ctx, dapr.SubscriptionOptions{PubsubName: pubsub, Topic: graveyard}))
		defer dead.Close()
		sub := must(client.Subscribe(ctx, dapr.SubscriptionOptions{
			PubsubName: pubsub, Topic: "streamed-badly", DeadLetterTopic: &graveyard,
		}))
		defer sub.Close()
		check(client.PublishEvent(ctx, pubsub, "streamed-badly", order{ID: "9"}))
		first := must(sub.Receive())
		check(first.Retry())
		again := must(sub.Receive())
		equal("the id of the second try", again.ID, first.ID)
		check(again.Drop())
		letter := must(dead.Receive())
		equal("the dead letter", string(letter.RawData), `{"id":"9","kind":""}`)
		check(letter.Success())
	})
}
