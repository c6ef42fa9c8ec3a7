"""The app listens on HTTP: FastAPI with the SDK's extension."""

import os
import uvicorn
from fastapi import Body, FastAPI, Request
from dapr.clients import DaprClient
from dapr.ext.fastapi import DaprActor, DaprApp
from actors import Counter, actors
from events import DEAD, ORDERS, REJECTS, RETRIES, Received, events, streams
from exercises import finish, in_background, wait_for
from settings import locks, secrets
from sidecar import metadata, shutdown, start
from state import state, state_query
from calls import bindings, conversation, invocation, jobs

app = FastAPI()
dapr_app = DaprApp(app)
received = Received()
ticks = []
done = []


@dapr_app.subscribe('pubsub', ORDERS)
def on_order(event=Body()):
    received.note(ORDERS, event['data'])


@dapr_app.subscribe('pubsub', RETRIES)
def on_retry(event=Body()):
    return {'status': 'RETRY' if received.note(RETRIES, event['data']) == 1 else 'SUCCESS'}


@dapr_app.subscribe('pubsub', REJECTS, dead_letter_topic=DEAD)
def on_reject():
    return {'status': 'DROP'}


@dapr_app.subscribe('pubsub', DEAD)
def on_dead_letter(event=Body()):
    received.note(DEAD, event['data'])


@app.post('/greet')
def greet(request=Body()):
    return {'text': f'ahoy, {request["name"]}'}


@app.options('/ticks')
def accept_ticks():
    pass


@app.post('/ticks')
def on_tick():
    ticks.append(True)


@app.post('/job/sail')
async def on_job(request: Request):
    done.append((await request.body()).decode())


def run_app():
    wait_for(DaprActor(app).register_actor(Counter))
    settings = uvicorn.Config(app, host='127.0.0.1', port=int(os.environ['APP_PORT']), log_level='warning')
    in_background(uvicorn.Server(settings).serve())


with DaprClient() as client:
    start(run_app)
    metadata(client)
    state(client, 'statestore')
    state_query(client, 'querystore')
    events(client, 'pubsub', received)
    streams(client, 'pubsub')
    invocation(client.invoke_method, 'HTTP')
    bindings(client, ticks)
    jobs(client, done)
    conversation(client)
    secrets(client)
    locks(client)
    actors('HTTP')
    shutdown(client)
finish()
