"""Publishing, streaming subscriptions, and what the app side of either program has heard."""

import json
import os
import queue
from dapr.clients.grpc._request import BulkPublishEntry
from dapr.clients.grpc._response import TopicEventResponse
from exercises import eventually, exercise, refused

APP = os.environ['APP_ID']
ORDERS, RETRIES, REJECTS = (f'{APP}-{name}' for name in ('orders', 'retries', 'rejects'))
DEAD = f'{REJECTS}-dead'


class Heard:
    """What arrived, by topic."""

    def __init__(self):
        self.by_topic = {}

    def note(self, topic, data):
        """How often the topic has been heard, this time included."""
        self.by_topic.setdefault(topic, []).append(data)
        return len(self.by_topic[topic])

    def wait(self, topic, count):
        return eventually(lambda: list(self.by_topic.get(topic, [])), lambda found: len(found) >= count)


def events(client, pubsub, heard):
    def publish(topic, data, **more):
        client.publish_event(pubsub, topic, json.dumps(data), data_content_type='application/json', **more)

    @exercise(f'pubsub: brings what was published, through {pubsub}')
    def _():
        publish(ORDERS, {'boat': 'Ægir', 'sails': 2})
        assert heard.wait(ORDERS, 1) == [{'boat': 'Ægir', 'sails': 2}]
        client.publish_event(pubsub, ORDERS, 'only text', data_content_type='text/plain')
        assert heard.wait(ORDERS, 2)[1] == 'only text'

    @exercise(f'pubsub: publishes many at once, through {pubsub}')
    def _():
        before = len(heard.wait(ORDERS, 0))
        entries = [BulkPublishEntry(json.dumps({'n': n}), content_type='application/json') for n in range(3)]
        assert client.publish_events(pubsub, ORDERS, entries).failed_entries == []
        found = heard.wait(ORDERS, before + 3)[before:]
        assert sorted(event['n'] for event in found) == [0, 1, 2]

    @exercise(f'pubsub: brings again what the app asks to have again, through {pubsub}')
    def _():
        publish(RETRIES, {'try': 'twice'})
        assert heard.wait(RETRIES, 2) == [{'try': 'twice'}] * 2

    @exercise(f'pubsub: keeps what the app rejects on the dead-letter topic, through {pubsub}')
    def _():
        publish(REJECTS, {'of': 'no use'})
        assert heard.wait(DEAD, 1) == [{'of': 'no use'}]

    @exercise('pubsub: says so when there is no such component')
    def _():
        assert 'nowhere' in str(refused(lambda: client.publish_event('nowhere', ORDERS, '{}')))


def streams(client, pubsub):
    topic = f'{APP}-{pubsub}-streamed'

    def publish(data):
        client.publish_event(pubsub, topic, json.dumps(data), data_content_type='application/json')

    @exercise(f'pubsub: subscribes by a stream, message by message, through {pubsub}')
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

    @exercise(f'pubsub: subscribes by a stream with a handler, and hears again what it wants again, through {pubsub}')
    def _():
        arrived = queue.Queue()
        wanted_again = []

        def handle(message):
            arrived.put(message.data())
            if wanted_again:
                return TopicEventResponse('success')
            wanted_again.append(message.id())
            return TopicEventResponse('retry')

        close = client.subscribe_with_handler(pubsub, f'{topic}-handled', handle)
        client.publish_event(pubsub, f'{topic}-handled', '{"n": 3}', data_content_type='application/json')
        assert [arrived.get(timeout=10), arrived.get(timeout=10)] == [{'n': 3}] * 2
        close()
