package main

import (
	"context"
	"fmt"
	"sort"

	dapr "github.com/dapr/go-sdk/client"
	"github.com/dapr/go-sdk/service/common"
)

type order struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
}

// delivered is one event together with the route that got it.
type delivered struct {
	route string
	event *common.TopicEvent
}

// inbox holds the events that the app's subscriptions have received.
type inbox struct {
	pubsub      string
	topicPrefix string
	orders      chan delivered
	bulk        chan string
	attempts    chan string
	deadLetters chan string
}

// newInbox names topics after the app: the brokers are shared.
func newInbox(pubsub, appID string) *inbox {
	return &inbox{pubsub, appID + "-", make(chan delivered, 100), make(chan string, 100), make(chan string, 100), make(chan string, 100)}
}

// subscribe adds the subscriptions to the service, for both protocols.
func (in *inbox) subscribe(service common.Service) {
	add := func(sub common.Subscription, handle common.TopicEventHandler) {
		sub.PubsubName, sub.Topic = in.pubsub, in.topic(sub.Topic)
		check(service.AddTopicEventHandler(&sub, handle))
	}
	to := func(route string) common.TopicEventHandler {
		return func(_ context.Context, event *common.TopicEvent) (bool, error) {
			in.orders <- delivered{route, event}
			return false, nil
		}
	}
	add(common.Subscription{Topic: "orders", Route: "/orders"}, to("any"))
	add(common.Subscription{Topic: "orders", Route: "/orders/gifts", Match: `event.data.kind == "gift"`, Priority: 1}, to("gifts"))
	add(common.Subscription{Topic: "bulk", Route: "/bulk"}, func(_ context.Context, event *common.TopicEvent) (bool, error) {
		in.bulk <- fmt.Sprint(event.Data)
		return false, nil
	})
	add(common.Subscription{Topic: "unlucky", Route: "/unlucky", DeadLetterTopic: in.topic("graveyard")},
		func(_ context.Context, event *common.TopicEvent) (bool, error) {
			in.attempts <- fmt.Sprint(event.Data)
			return false, fmt.Errorf("no luck with %s", event.ID)
		})
	add(common.Subscription{Topic: "graveyard", Route: "/graveyard"}, func(_ context.Context, event *common.TopicEvent) (bool, error) {
		in.deadLetters <- fmt.Sprint(event.Data)
		return false, nil
	})
}

func (in *inbox) topic(name string) string { return in.topicPrefix + name }

func tryPublish(r *report, client dapr.Client, in *inbox) {
	r.try("publish: an event arrives as a CloudEvent", func(ctx context.Context) {
		check(client.PublishEvent(ctx, in.pubsub, in.topic("orders"), order{ID: "1", Kind: "plain"},
			dapr.PublishEventWithMetadata(map[string]string{"cloudevent.type": "order.placed"})))
		got := next(ctx, in.orders, "the event")
		equal("the route", got.route, "any")
		var sent order
		check(got.event.Struct(&sent))
		equal("the order", sent, order{ID: "1", Kind: "plain"})
		equal("the type", got.event.Type, "order.placed")
		equal("the topic", got.event.Topic, in.topic("orders"))
		equal("the content type", got.event.DataContentType, "application/json")
	})

	r.try("publish: a rule chooses the route", func(ctx context.Context) {
		check(client.PublishEvent(ctx, in.pubsub, in.topic("orders"), order{ID: "2", Kind: "gift"}))
		equal("the route", next(ctx, in.orders, "the gift").route, "gifts")
	})

	r.try("publish: text stays text", func(ctx context.Context) {
		check(client.PublishEvent(ctx, in.pubsub, in.topic("bulk"), "hello", dapr.PublishEventWithContentType("text/plain")))
		equal("the text", next(ctx, in.bulk, "the text"), "hello")
	})

	r.try("publish: many events in one request", func(ctx context.Context) {
		response := client.PublishEvents(ctx, in.pubsub, in.topic("bulk"), []any{"a", "b", dapr.PublishEventsEvent{
			EntryID: "third", Data: []byte("c"), ContentType: "text/plain",
		}})
		check(response.Error)
		equal("the failed events", len(response.FailedEvents), 0)
		got := []string{next(ctx, in.bulk, "the first"), next(ctx, in.bulk, "the second"), next(ctx, in.bulk, "the third")}
		sort.Strings(got)
		equal("what arrived", got, []string{"a", "b", "c"})
	})

	r.try("publish: a dropped event becomes a dead letter", func(ctx context.Context) {
		check(client.PublishEvent(ctx, in.pubsub, in.topic("unlucky"), "13", dapr.PublishEventWithContentType("text/plain")))
		equal("the attempt", next(ctx, in.attempts, "the attempt"), "13")
		equal("the dead letter", next(ctx, in.deadLetters, "the dead letter"), "13")
	})

	r.try("publish: an unknown broker is an error", func(ctx context.Context) {
		rejected("the event", client.PublishEvent(ctx, "nowhere", "orders", "x"))
	})
}
