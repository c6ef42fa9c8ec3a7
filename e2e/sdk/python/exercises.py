"""Tells what was tried, one line each, as the page of the frame describes."""

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
    """Runs the function below it at once, and tells how it went."""

    def run(attempt):
        signal.setitimer(signal.ITIMER_REAL, LIMIT_SECONDS)
        try:
            attempt()
            _tell(True, name)
        except Exception as error:
            # What went wrong first, how it came to that after it.
            story = f'{error!r}\n{traceback.format_exc()}'.rstrip()
            _tell(False, f'{name}\n' + textwrap.indent(story, '  '))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    return run


def skipped(name, reason):
    """What cannot be tried here is told too."""
    _tell(True, f'{name} # SKIP {reason}')


def finish():
    """Says how many exercises there were, and ends the process, whatever threads the SDK still has."""
    print(f'1..{len(_outcomes)}', flush=True)
    os._exit(0 if all(_outcomes) else 1)


def eventually(ask, is_good=bool):
    """Asks again until the answer is good, or 10 s are over."""
    end = time.monotonic() + 10
    while not is_good(answer := ask()):
        if time.monotonic() > end:
            raise TimeoutError(f'still {answer!r} after 10 s')
        time.sleep(0.05)
    return answer


def refused(call):
    """The error with which a call is refused."""
    try:
        call()
    except Exception as error:
        return error
    raise AssertionError('the call was not refused')


_loop = asyncio.new_event_loop()
threading.Thread(target=_loop.run_forever, daemon=True).start()


def in_background(coroutine):
    """Starts it on the one event loop, in a thread of its own."""
    return asyncio.run_coroutine_threadsafe(coroutine, _loop)


def wait_for(coroutine):
    return in_background(coroutine).result(LIMIT_SECONDS)


def _tell(went_well, line):
    _outcomes.append(went_well)
    print(f'{"ok" if went_well else "not ok"} {line}', flush=True)


def _too_late(*_):
    raise TimeoutError(f'not done after {LIMIT_SECONDS} s')


signal.signal(signal.SIGALRM, _too_late)
sys.stdout.reconfigure(encoding='utf-8')
