import os
import urllib.request
from dapr.clients.health import DaprHealth
from exercises import eventually, exercise


def start(run_app):
    @exercise('health: the sidecar becomes healthy once the app listens')
    def _():
        DaprHealth.wait_for_sidecar()
        run_app()
        eventually(is_ready)


def is_ready():
    """The SDK waits for the APIs only, not for the app."""
    try:
        url = f'http://127.0.0.1:{os.environ["DAPR_HTTP_PORT"]}/v1.0/healthz'
        return urllib.request.urlopen(url, timeout=5).status == 204
    except OSError:
        return False


def metadata(client):
    @exercise('metadata: get returns id and components, set adds an attribute')
    def _():
        client.set_metadata('harbour', 'Bergen')
        about = client.get_metadata()
        assert about.application_id == os.environ['APP_ID']
        assert ('statestore', 'state.postgresql') in [(part.name, part.type) for part in about.registered_components]
        assert about.extended_metadata['harbour'] == 'Bergen'


def shutdown(client):
    @exercise('shutdown: the sidecar exits')
    def _():
        client.shutdown()
        eventually(lambda: not is_ready())
