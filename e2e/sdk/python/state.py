import json
from dapr.clients.grpc._request import TransactionalStateOperation, TransactionOperationType
from dapr.clients.grpc._state import Concurrency, Consistency, StateItem, StateOptions
from exercises import eventually, exercise, rejected

FIRST_WRITE = StateOptions(concurrency=Concurrency.first_write, consistency=Consistency.strong)


def state(client, store):
    def text(key):
        return client.get_state(store, key).text()

    @exercise(f'state: saves, reads and deletes in {store}')
    def _():
        client.save_state(store, 'boat', json.dumps({'sails': 2}))
        assert client.get_state(store, 'boat').json() == {'sails': 2}
        client.delete_state(store, 'boat')
        assert client.get_state(store, 'boat').data == b''

    @exercise(f'state: saves and reads many keys at once in {store}')
    def _():
        client.save_bulk_state(store, [StateItem(key, key.upper()) for key in 'abc'])
        items = client.get_bulk_state(store, ['a', 'b', 'c', 'none'], parallelism=2).items
        assert {item.key: item.text() for item in items} == {'a': 'A', 'b': 'B', 'c': 'C', 'none': ''}

    @exercise(f'state: a stale etag is rejected in {store}')
    def _():
        client.save_state(store, 'shared', 'mine')
        old = client.get_state(store, 'shared').etag
        client.save_state(store, 'shared', 'theirs', etag=old, options=FIRST_WRITE)
        rejected(lambda: client.save_state(store, 'shared', 'lost', etag=old, options=FIRST_WRITE))
        rejected(lambda: client.delete_state(store, 'shared', etag=old, options=FIRST_WRITE))
        assert text('shared') == 'theirs'
        client.delete_state(store, 'shared', etag=client.get_state(store, 'shared').etag, options=FIRST_WRITE)

    @exercise(f'state: a transaction is atomic in {store}')
    def _():
        def upsert(key, etag=None):
            return TransactionalStateOperation(key, 'set', etag, TransactionOperationType.upsert)

        client.save_state(store, 'old', 'here')
        delete = TransactionalStateOperation('old', '', None, TransactionOperationType.delete)
        client.execute_state_transaction(store, [upsert('new'), delete])
        assert (text('new'), text('old')) == ('set', '')
        rejected(lambda: client.execute_state_transaction(store, [upsert('other'), upsert('new', '4242')]))
        assert text('other') == ''

    @exercise(f'state: a value with a time to live expires in {store}')
    def _():
        client.save_state(store, 'brief', 'short-lived', state_metadata={'ttlInSeconds': '2'})
        assert text('brief') == 'short-lived'
        eventually(lambda: text('brief'), lambda value: value == '')


def state_query(client, store):
    @exercise(f'state: queries with filter, sort and paging in {store}')
    def _():
        boats = {'q1': ('kayak', 5), 'q2': ('kayak', 4), 'q3': ('raft', 3)}
        for key, (kind, length) in boats.items():
            # Over gRPC a value is bytes unless its content type is JSON.
            value = json.dumps({'kind': kind, 'length': length})
            client.save_state(store, key, value, state_metadata={'contentType': 'application/json'})
        query = {'filter': {'EQ': {'kind': 'kayak'}}, 'sort': [{'key': 'length'}], 'page': {'limit': 1}}
        first = client.query_state(store, json.dumps(query))
        query['page']['token'] = first.token
        second = client.query_state(store, json.dumps(query))
        assert [item.json()['length'] for item in [*first.results, *second.results]] == [4, 5]
