import os
from dapr.clients.grpc._response import UnlockResponseStatus
from exercises import eventually, exercise, skipped


def secrets(client):
    @exercise('secrets: get one')
    def _():
        assert client.get_secret('secrets', 'colour').secret == {'colour': 'teal'}

    @exercise('secrets: get all')
    def _():
        secrets = client.get_bulk_secret('secrets').secrets
        assert sorted(secrets) == ['colour', 'database:password', 'database:user']
        assert secrets['database:user'] == {'database:user': 'ada'}


def configuration(client):
    @exercise('configuration: reads settings from Postgres')
    def _():
        items = client.get_configuration('settings', ['greeting', 'limit']).items
        greeting = items['greeting']
        assert (greeting.value, greeting.version, dict(greeting.metadata)) == ('hello', '1', {'lang': 'en'})
        assert items['limit'].value == '10'

    @exercise('configuration: a subscription gets changes in Postgres until it is unsubscribed')
    def _():
        def change(value, version):
            sql = f"update settings set value = '{value}', version = '{version}' where key = 'greeting'"
            client.invoke_binding('database', 'exec', binding_metadata={'sql': sql})

        received = []
        number = client.subscribe_configuration(
            'settings',
            ['greeting'],
            lambda _, response: received.append(response.items['greeting'].value),
            {'pgNotifyChannel': 'settings'},
        )
        assert number
        change('ahoy', 2)
        eventually(lambda: 'ahoy' in received)
        assert client.unsubscribe_configuration('settings', number)
        change('unsubscribed', 3)
        assert client.get_configuration('settings', ['greeting']).items['greeting'].value == 'unsubscribed'
        assert 'unsubscribed' not in received

    redis = 'configuration: get and subscribe in Redis'
    if not os.environ.get('HAS_REDIS'):
        skipped(redis, 'no Redis here')
        return

    @exercise(redis)
    def _():
        key = f'{os.environ["APP_ID"]}-greeting'

        def change(value):
            client.invoke_binding('redis-data', 'create', value, {'key': key})

        change('hello||1')
        item = client.get_configuration('redis-settings', [key]).items[key]
        assert (item.value, item.version) == ('hello', '1')
        received = []
        number = client.subscribe_configuration(
            'redis-settings', [key], lambda _, response: received.append(response.items[key].value)
        )
        change('ahoy||2')
        eventually(lambda: 'ahoy' in received)
        assert client.unsubscribe_configuration('redis-settings', number)


def locks(client):
    @exercise('lock: one owner at a time, and only the owner unlocks')
    def _():
        def unlock(owner):
            return client.unlock('locks', 'pier', owner).status

        assert client.try_lock('locks', 'pier', 'ada', 30).success
        assert not client.try_lock('locks', 'pier', 'bob', 30).success
        assert unlock('bob') == UnlockResponseStatus.lock_belongs_to_others
        assert unlock('ada') == UnlockResponseStatus.success
        assert unlock('ada') == UnlockResponseStatus.lock_does_not_exist

    @exercise('lock: is held within a with statement, and expires')
    def _():
        with client.try_lock('locks', 'quay', 'ada', 30) as lock:
            assert lock.success and not client.try_lock('locks', 'quay', 'bob', 30).success
        assert client.try_lock('locks', 'quay', 'bob', 1).success
        eventually(lambda: client.try_lock('locks', 'quay', 'ada', 30).success)
