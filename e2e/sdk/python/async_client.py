"""The SDK's client for asyncio."""

import asyncio
import json
import os
from dapr.aio.clients import DaprClient
from dapr.clients.grpc._crypto import DecryptOptions, EncryptOptions
from exercises import exercise, wait_for


def async_client():
    @exercise('asyncio: state, secrets, locks and bindings at the same time')
    def _():
        async def work():
            async with DaprClient() as client:
                await asyncio.gather(*(client.save_state('statestore', f'k{n}', str(n)) for n in range(20)))
                found = await client.get_bulk_state('statestore', [f'k{n}' for n in range(20)], parallelism=10)
                assert sorted(int(item.text()) for item in found.items) == list(range(20))
                secret, lock, rows = await asyncio.gather(
                    client.get_secret('secrets', 'colour'),
                    client.try_lock('locks', 'async', 'ada', 30),
                    client.invoke_binding('database', 'query', binding_metadata={'sql': 'select 1 as one'}),
                )
                assert secret.secret == {'colour': 'teal'} and lock.success and rows.data == b'[[1]]'

        wait_for(work())

    @exercise('asyncio: subscribes by a stream')
    def _():
        async def work():
            topic = f'{os.environ["APP_ID"]}-async'
            async with DaprClient() as client:
                subscription = await client.subscribe('pubsub', topic)
                await client.publish_event('pubsub', topic, '{"n": 1}', data_content_type='application/json')
                async for message in subscription:
                    assert message.data() == json.loads('{"n": 1}')
                    await subscription.respond_success(message)
                    break
                await subscription.close()

        wait_for(work())

    @exercise('asyncio: decrypts what it encrypted')
    def _():
        async def work():
            async with DaprClient() as client:
                sealed = await client.encrypt('treasure', EncryptOptions('keys', 'aes', 'AES'))
                opened = await client.decrypt(await sealed.read(), DecryptOptions('keys', 'aes'))
                assert await opened.read() == b'treasure'

        wait_for(work())
