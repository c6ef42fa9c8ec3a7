"""The app listens on gRPC: the SDK's extension, an additional service, and actors over a stream."""

import json
import os
import threading
import grpc
from google.protobuf.wrappers_pb2 import StringValue
from dapr.actor import ActorGrpcHost
from dapr.clients import DaprClient
from dapr.clients.grpc.client import DaprGrpcClient
from dapr.ext.grpc import App, InvokeMethodResponse, JobEvent, Rule, SubscriptionMessage, TopicEventResponse
from actors import Counter, actors
from async_client import async_client
from events import APP, DEAD, ORDERS, REJECTS, RETRIES, Received, events, streams
from exercises import exercise, finish, skipped, wait_for
from settings import configuration, locks, secrets
from sidecar import metadata, shutdown, start
from state import state, state_query
from calls import bindings, conversation, invocation, jobs
from vault import crypto

HAS_REDIS = bool(os.environ.get('HAS_REDIS'))
PUBSUB = 'redis-pubsub' if HAS_REDIS else 'pubsub'
VISITS = f'{APP}-visits'

app = App()
received = Received()
ticks = []
done = []


@app.subscribe(PUBSUB, ORDERS)
def on_order(event: SubscriptionMessage):
    received.note(ORDERS, event.data())


@app.subscribe(PUBSUB, RETRIES)
def on_retry(event: SubscriptionMessage):
    return TopicEventResponse('retry' if received.note(RETRIES, event.data()) == 1 else 'success')


@app.subscribe(PUBSUB, REJECTS, dead_letter_topic=DEAD)
def on_reject(event: SubscriptionMessage):
    return TopicEventResponse('drop')


@app.subscribe(PUBSUB, DEAD)
def on_dead_letter(event: SubscriptionMessage):
    received.note(DEAD, event.data())


# Only with this option the SDK registers a default route beside the rules.
@app.subscribe(PUBSUB, VISITS, disable_topic_validation=True)
def on_visit(event: SubscriptionMessage):
    received.note('others', event.data())


@app.subscribe(PUBSUB, VISITS, rule=Rule('event.data.rank == "vip"', 1))
def on_vip(event: SubscriptionMessage):
    received.note('vip', event.data())


@app.method('greet')
def greet(request):
    text = f'ahoy, {json.loads(request.text())["name"]}'
    return InvokeMethodResponse(json.dumps({'text': text}), 'application/json')


@app.binding('ticks')
def on_tick(request):
    ticks.append(request.text())


@app.job_event('sail')
def on_job(event: JobEvent):
    done.append(event.get_data_as_string())


def hail(request, context):
    return StringValue(value=f'ahoy, {request.value}')


def count_down(request, context):
    for number in range(int(request.value), 0, -1):
        yield StringValue(value=str(number))


TEXT = {'request_deserializer': StringValue.FromString, 'response_serializer': StringValue.SerializeToString}
METHODS = {
    'Hail': grpc.unary_unary_rpc_method_handler(hail, **TEXT),
    'CountDown': grpc.unary_stream_rpc_method_handler(count_down, **TEXT),
}


def add_harbour(handlers, server):
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler('harbour.Harbour', handlers),))


app.add_external_service(add_harbour, METHODS)
app.register_health_check(lambda: None)


def run_app():
    threading.Thread(target=app.run, args=(int(os.environ['APP_PORT']), '127.0.0.1'), daemon=True).start()


def routes(client):
    @exercise(f'pubsub: routes by content, through {PUBSUB}')
    def _():
        for rank in ('vip', 'guest'):
            data = json.dumps({'rank': rank})
            client.publish_event(PUBSUB, VISITS, data, data_content_type='application/json')
        assert received.wait('vip', 1) == [{'rank': 'vip'}]
        assert received.wait('others', 1) == [{'rank': 'guest'}]


def proxying():
    text = {'request_serializer': StringValue.SerializeToString, 'response_deserializer': StringValue.FromString}
    to_app = [('dapr-app-id', APP)]

    @exercise('invocation: proxies calls and streams of another gRPC service')
    def _():
        with grpc.insecure_channel(f'127.0.0.1:{os.environ["DAPR_GRPC_PORT"]}') as channel:
            hailing = channel.unary_unary('/harbour.Harbour/Hail', **text)
            assert hailing(StringValue(value='Ægir'), metadata=to_app, timeout=10).value == 'ahoy, Ægir'
            counting = channel.unary_stream('/harbour.Harbour/CountDown', **text)
            numbers = counting(StringValue(value='3'), metadata=to_app, timeout=10)
            assert [number.value for number in numbers] == ['3', '2', '1']


async def host_actors():
    # The app listens already.
    host = ActorGrpcHost(app_port=0)
    await host.register_actor(Counter)
    await host.start()


with DaprClient() as client:
    start(run_app)
    metadata(client)
    state(client, 'statestore')
    if HAS_REDIS:
        state(client, 'redis-state')
    else:
        skipped('state: the same in redis-state', 'no Redis here')
    state_query(client, 'querystore')
    events(client, PUBSUB, received)
    routes(client)
    streams(client, 'pubsub')
    invocation(lambda *call, **more: DaprGrpcClient.invoke_method(client, *call, **more), 'gRPC')
    proxying()
    bindings(client, ticks)
    jobs(client, done)
    conversation(client)
    secrets(client)
    configuration(client)
    locks(client)
    crypto(client)
    exercise('actors: are hosted over a stream that the app opens')(lambda: wait_for(host_actors()))
    actors('gRPC')
    async_client()
    shutdown(client)
finish()
