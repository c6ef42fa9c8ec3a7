"""Prints one line per exercise, in the format of ../README.md."""

import asyncio
import os
import signal
import sys
import textwrap
import threading
import time
import traceback

LIMIT_SECONDS = 20

_outcomes: list[bool] = []


def exercise(name):
    """Runs the decorated function at once and prints its result."""

    def run(attempt):
        signal.setitimer(signal.ITIMER_REAL, LIMIT_SECONDS)
        try:
            attempt()
            _report(True, name)
        except Exception as error:
            # The error first, then its traceback.
            message = f'{error!r}\n{traceback.format_exc()}'.rstrip()
            _report(False, f'{name}\n' + textwrap.indent(message, '  '))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    return run


def skipped(name, reason):
    """Prints an exercise that cannot run here."""
    _report(True, f'{name} # SKIP {reason}')


def finish():
    """Prints the number of exercises and exits, also while threads of the SDK run."""
    print(f'1..{len(_outcomes)}', flush=True)
    os._exit(0 if all(_outcomes) else 1)


def eventually(read, is_done=bool):
    """Reads until the value is as expected, for at most 10 s."""
    end = time.monotonic() + 10
    while not is_done(value := read()):
        if time.monotonic() > end:
            raise TimeoutError(f'still {value!r} after 10 s')
        time.sleep(0.05)
    return value


def rejected(call):
    """The error of a failing call."""
    try:
        call()
    except Exception as error:
        return error
    raise AssertionError('the call did not fail')


_loop = asyncio.new_event_loop()
threading.Thread(target=_loop.run_forever, daemon=True).start()


def in_background(coroutine):
    """Starts it on the event loop of the background thread."""
    return asyncio.run_coroutine_threadsafe(coroutine, _loop)


def wait_for(coroutine):
    return in_background(coroutine).result(LIMIT_SECONDS)


def _report(passed, line):
    _outcomes.append(passed)
    print(f'{"ok" if passed else "not ok"} {line}', flush=True)


def _too_late(*_):
    raise TimeoutError(f'not done after {LIMIT_SECONDS} s')


signal.signal(signal.SIGALRM, _too_late)
sys.stdout.reconfigure(encoding='utf-8')
