package main

import (
	"context"
	"fmt"

	dapr "github.com/dapr/go-sdk/client"
	"github.com/dapr/go-sdk/service/common"
)

// tryStreams subscribes without a port: the sidecar sends events over a stream that the app has opened.
func tryStreams(r *report, client dapr.Client, in *inbox) {
	r.try("streamed subscription: a handler processes each event", func(ctx context.Context) {
		received := make(chan string, 10)
		stop := must(client.SubscribeWithHandler(ctx, dapr.SubscriptionOptions{PubsubName: in.pubsub, Topic: in.topic("streamed")},
			func(event *common.TopicEvent) common.SubscriptionResponseStatus {
				received <- fmt.Sprint(event.Data)
				return common.SubscriptionResponseStatusSuccess
			}))
		for _, word := range []string{"one", "two"} {
			check(client.PublishEvent(ctx, in.pubsub, in.topic("streamed"), word, dapr.PublishEventWithContentType("text/plain")))
			equal("the event", next(ctx, received, word), word)
		}
		check(stop())
	})

	r.try("streamed subscription: an event is redelivered on retry", func(ctx context.Context) {
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
		deadLetter := must(dead.Receive())
		equal("the dead letter", string(deadLetter.RawData), `{"id":"13","kind":""}`)
		check(deadLetter.Success())
	})
}
