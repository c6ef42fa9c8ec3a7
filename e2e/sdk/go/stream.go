package main

import (
	"context"
	"fmt"

	dapr "github.com/dapr/go-sdk/client"
	"github.com/dapr/go-sdk/service/common"
)

// tryStreams hears topics without a port of its own: the sidecar sends events down a stream that the app has opened.
func tryStreams(r *report, client dapr.Client, in *inbox) {
	r.try("streamed subscription: a handler answers each event", func(ctx context.Context) {
		heard := make(chan string, 10)
		stop := must(client.SubscribeWithHandler(ctx, dapr.SubscriptionOptions{PubsubName: in.pubsub, Topic: in.topic("streamed")},
			func(event *common.TopicEvent) common.SubscriptionResponseStatus {
				heard <- fmt.Sprint(event.Data)
				return common.SubscriptionResponseStatusSuccess
			}))
		for _, word := range []string{"one", "two"} {
			check(client.PublishEvent(ctx, in.pubsub, in.topic("streamed"), word, dapr.PublishEventWithContentType("text/plain")))
			equal("the event", next(ctx, heard, word), word)
		}
		check(stop())
	})

	r.try("streamed subscription: an event that is to be retried comes again", func(ctx context.Context) {
		sub := must(client.Subscribe(ctx, dapr.SubscriptionOptions{PubsubName: in.pubsub, Topic: in.topic("retried")}))
		defer sub.Close()
		check(client.PublishEvent(ctx, in.pubsub, in.topic("retried"), order{ID: "9"}))
		first := must(sub.Receive())
		check(first.Retry())
		again := must(sub.Receive())
		equal("the id of the second try", again.ID, first.ID)
		check(again.Success())
	})

	r.try("streamed subscription: an event that is dropped becomes a dead letter", func(ctx context.Context) {
		graveyard := in.topic("streamed-graveyard")
		dead := must(client.Subscribe(ctx, dapr.SubscriptionOptions{PubsubName: in.pubsub, Topic: graveyard}))
		defer dead.Close()
		sub := must(client.Subscribe(ctx, dapr.SubscriptionOptions{
			PubsubName: in.pubsub, Topic: in.topic("dropped"), DeadLetterTopic: &graveyard,
		}))
		defer sub.Close()
		check(client.PublishEvent(ctx, in.pubsub, in.topic("dropped"), order{ID: "13"}))
		check(must(sub.Receive()).Drop())
		letter := must(dead.Receive())
		equal("the dead letter", string(letter.RawData), `{"id":"13","kind":""}`)
		check(letter.Success())
	})
}
