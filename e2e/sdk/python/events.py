"""Publishing, streaming subscriptions, and the events that the app has received."""

import json
import os
import queue
from dapr.clients.grpc._request import BulkPublishEntry
from dapr.clients.grpc._response import TopicEventResponse
from exercises import eventually, exercise, rejected

APP = os.environ['APP_ID']
ORDERS, RETRIES, REJECTS = (f'{APP}-{name}' for name in ('orders', 'retries', 'rejects'))
DEAD = f'{REJECTS}-dead'


class Received:
    """Received events, by topic."""

    def __init__(self):
        self.by_topic = {}

    def note(self, topic, data):
        """Records an event and returns the number of events of the topic."""
        self.by_topic.setdefault(topic, []).append(data)
        return len(self.by_topic[topic])

    def wait(self, topic, count):
        return eventually(lambda: list(self.by_topic.get(topic, [])), lambda found: len(found) >= count)


def events(client, pubsub, received):
    def publish(topic, data, **more):
        client.publish_event(pubsub, topic, json.dumps(data), data_content_type='application/json', **more)

    @exercise(f'pubsub: delivers published events, through {pubsub}')
    def _():
        publish(ORDERS, {'boat': 'Ægir', 'sails': 2})
        assert received.wait(ORDERS, 1) == [{'boat': 'Ægir', 'sails': 2}]
        client.publish_event(pubsub, ORDERS, 'only text', data_content_type='text/plain')
        assert received.wait(ORDERS, 2)[1] == 'only text'

    @exercise(f'pubsub: bulk publish, through {pubsub}')
    def _():
        before = len(received.wait(ORDERS, 0))
        entries = [BulkPublishEntry(json.dumps({'n': n}), content_type='application/json') for n in range(3)]
        assert client.publish_events(pubsub, ORDERS, entries).failed_entries == []
        found = received.wait(ORDERS, before + 3)[before:]
        assert sorted(event['n'] for event in found) == [0, 1, 2]

    @exercise(f'pubsub: redelivers an event on RETRY, through {pubsub}')
    def _():
        publish(RETRIES, {'try': 'twice'})
        assert received.wait(RETRIES, 2) == [{'try': 'twice'}] * 2

    @exercise(f'pubsub: publishes dropped events to the dead letter topic, through {pubsub}')
    def _():
        publish(REJECTS, {'of': 'no use'})
        assert received.wait(DEAD, 1) == [{'of': 'no use'}]

    @exercise('pubsub: an unknown component is an error')
    def _():
        assert 'nowhere' in str(rejected(lambda: client.publish_event('nowhere', ORDERS, '{}')))


def streams(client, pubsub):
    topic = f'{APP}-{pubsub}-streamed'

    def publish(data):
        client.publish_event(pubsub, topic, json.dumps(data), data_content_type='application/json')

    @exercise(f'pubsub: a streaming subscription, message by message, through {pubsub}')
    def _():
        subscription = client.subscribe(pubsub, topic)
        publish({'n': 1})
        message = subscription.next_message()
        assert (message.data(), message.topic(), message.pubsub_name()) == ({'n': 1}, topic, pubsub)
        subscription.respond_success(message)
        publish({'n': 2})
        message = subscription.next_message()
        assert message.data() == {'n': 2}
        subscription.respond_drop(message)
        subscription.close()

    @exercise(f'pubsub: a streaming subscription with a handler redelivers on RETRY, through {pubsub}')
    def _():
        arrived = queue.Queue()
        retried = []

        def handle(message):
            arrived.put(message.data())
            if retried:
                return TopicEventResponse('success')
            retried.append(message.id())
            return TopicEventResponse('retry')

        close = client.subscribe_with_handler(pubsub, f'{topic}-handled', handle)
        client.publish_event(pubsub, f'{topic}-handled', '{"n": 3}', data_content_type='application/json')
        assert [arrived.get(timeout=10), arrived.get(timeout=10)] == [{'n': 3}] * 2
        close()
