import asyncio
from datetime import timedelta
from dapr.actor import Actor, ActorId, ActorInterface, ActorProxy, Remindable, actormethod
from exercises import eventually, exercise, rejected, wait_for

SOON = timedelta(milliseconds=100)


class CounterInterface(ActorInterface):
    @actormethod(name='add')
    async def add(self, amount: int) -> int: ...

    @actormethod(name='count')
    async def count(self) -> int: ...

    @actormethod(name='forget')
    async def forget(self) -> None: ...

    @actormethod(name='fail')
    async def fail(self) -> None: ...

    @actormethod(name='set_timer')
    async def set_timer(self, is_on: bool) -> None: ...

    @actormethod(name='set_reminder')
    async def set_reminder(self, is_on: bool) -> None: ...


class Counter(Actor, CounterInterface, Remindable):
    """A counter with timers and reminders."""

    async def add(self, amount: int) -> int:
        count = await self.count() + amount
        await self._state_manager.set_state('count', count)
        return count

    async def count(self) -> int:
        _, count = await self._state_manager.try_get_state('count')
        return count or 0

    async def forget(self) -> None:
        await self._state_manager.try_remove_state('count')

    async def fail(self) -> None:
        raise RuntimeError('this one always fails')

    async def set_timer(self, is_on: bool) -> None:
        if is_on:
            await self.register_timer('timer', self.add, 1, SOON, SOON)
        else:
            await self.unregister_timer('timer')

    async def set_reminder(self, is_on: bool) -> None:
        if is_on:
            await self.register_reminder('reminder', b'100', SOON, SOON)
        else:
            await self.unregister_reminder('reminder')

    async def receive_reminder(self, name, state, due_time, period, ttl=None) -> None:
        await self.add(int(state))


def actors(host):
    def actor(name):
        return ActorProxy.create('Counter', ActorId(name), CounterInterface)

    def still_counts(proxy):
        before = wait_for(proxy.count())
        wait_for(asyncio.sleep(0.3))
        return wait_for(proxy.count()) != before

    @exercise(f'actors: calls have separate state for each actor, hosted over {host}')
    def _():
        one, two = actor('one'), actor('two')

        assert wait_for(one.add(2)) == 2 and wait_for(one.add(3)) == 5
        assert (wait_for(one.count()), wait_for(two.count())) == (5, 0)
        wait_for(one.forget())
        assert wait_for(one.count()) == 0

    @exercise('actors: run one turn at a time')
    def _():
        async def all_at_once():
            busy = actor('busy')
            await asyncio.gather(*(busy.add(1) for _ in range(20)))
            return await busy.count()

        assert wait_for(all_at_once()) == 20

    @exercise('actors: a failed turn is an error for the caller')
    def _():
        failing = actor('failing')

        def fail():
            return wait_for(failing.invoke_method('fail'))

        # From a host over gRPC the error is a response with a flag, which this client ignores.
        assert 'always fails' in str(rejected(fail) if host == 'HTTP' else fail())
        rejected(lambda: wait_for(failing.invoke_method('unknown')))

    @exercise('actors: a timer fires until it is stopped')
    def _():
        timed = actor('timed')
        wait_for(timed.set_timer(True))
        eventually(lambda: wait_for(timed.count()) >= 3)
        wait_for(timed.set_timer(False))
        assert not still_counts(timed)

    @exercise('actors: a reminder fires with its data until it is stopped')
    def _():
        reminded = actor('reminded')
        wait_for(reminded.set_reminder(True))
        eventually(lambda: wait_for(reminded.count()) >= 300)
        wait_for(reminded.set_reminder(False))
        assert not still_counts(reminded)
