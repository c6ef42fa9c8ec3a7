"""Invocation, bindings, jobs, conversation."""

import json
import os
from google.protobuf.any_pb2 import Any
from dapr.clients.grpc._jobs import ConstantFailurePolicy, Job
from dapr.clients.grpc.conversation import (
    ConversationInput,
    ConversationInputAlpha2,
    create_system_message,
    create_user_message,
)
from exercises import eventually, exercise, rejected

APP = os.environ['APP_ID']


def invocation(invoke, protocol):
    def call(app):
        return invoke(app, 'greet', json.dumps({'name': 'Ægir'}), content_type='application/json', http_verb='POST')

    @exercise(f'invocation: calls a method through {protocol} and returns its response')
    def _():
        response = call(APP)
        assert json.loads(response.data) == {'text': 'ahoy, Ægir'}
        assert response.content_type.startswith('application/json')

    @exercise(f'invocation: an unknown app is an error through {protocol}')
    def _():
        rejected(lambda: call('unknown'))


def bindings(client, ticks):
    @exercise('bindings: writes, lists, reads and deletes files')
    def _():
        file = {'fileName': 'log.txt'}
        client.invoke_binding('files', 'create', 'calm sea', file)
        assert 'log.txt' in client.invoke_binding('files', 'list').text()
        assert client.invoke_binding('files', 'get', binding_metadata=file).text() == 'calm sea'
        client.invoke_binding('files', 'delete', binding_metadata=file)
        rejected(lambda: client.invoke_binding('files', 'get', binding_metadata=file))

    @exercise('bindings: queries and changes Postgres')
    def _():
        def run(operation, sql):
            return client.invoke_binding('database', operation, binding_metadata={'sql': sql})

        run('exec', 'create table ports (name text)')
        assert run('exec', "insert into ports values ('Bergen')").binding_metadata['rows-affected'] == '1'
        assert run('query', 'select * from ports').data == b'[["Bergen"]]'

    @exercise('bindings: cron calls the app')
    def _():
        before = len(ticks)
        eventually(lambda: len(ticks) > before)


def jobs(client, done):
    @exercise('jobs: runs with its data as often as scheduled')
    def _():
        data = Any(value=b'hoist the sails')
        client.schedule_job(Job('sail', schedule='@every 1s', repeats=2, due_time='0s', data=data))
        eventually(lambda: len(done) >= 2)
        assert all('hoist the sails' in text for text in done), done

    @exercise('jobs: get, overwrite and delete')
    def _():
        retry = ConstantFailurePolicy(max_retries=3, interval_seconds=5)
        client.schedule_job(Job('far', due_time='10h', failure_policy=retry))
        assert client.get_job('far').due_time == '10h'
        rejected(lambda: client.schedule_job(Job('far', due_time='11h')))
        client.schedule_job(Job('far', schedule='@every 9h', ttl='20h'), overwrite=True)
        assert client.get_job('far').schedule == '@every 9h'
        client.delete_job('far')
        rejected(lambda: client.get_job('far'))


def conversation(client):
    @exercise('conversation: the echo returns the input')
    def _():
        response = client.converse_alpha1('echo', [ConversationInput('ahoy', role='user')])
        assert [output.result for output in response.outputs] == ['ahoy']

    @exercise('conversation: the echo returns messages with roles')
    def _():
        messages = [create_system_message('be brief'), create_user_message('ahoy')]
        response = client.converse_alpha2('echo', [ConversationInputAlpha2(messages=messages)])
        assert 'ahoy' in response.outputs[0].choices[0].message.content
