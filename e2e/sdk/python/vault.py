import os
from dapr.clients.grpc._crypto import DecryptOptions, EncryptOptions
from exercises import exercise, rejected


def crypto(client):
    def seal(data, name='aes', wrap='AES', **more):
        return client.encrypt(data, EncryptOptions('keys', name, wrap, **more)).read()

    for name, wrap in (('aes', 'AES'), ('rsa.pem', 'RSA')):

        @exercise(f'crypto: decrypts what it encrypted with the key {name}')
        def _():
            sealed = seal('treasure', name, wrap)
            assert b'treasure' not in sealed
            assert client.decrypt(sealed, DecryptOptions('keys', name)).read() == b'treasure'

    @exercise('crypto: encrypts and decrypts a stream of three megabytes, read in parts')
    def _():
        cargo = os.urandom(3_000_000)
        opened = client.decrypt(seal(cargo, data_encryption_cipher='chacha20-poly1305'), DecryptOptions('keys'))
        parts = list(iter(lambda: opened.read(500_000), b''))
        assert b''.join(parts) == cargo and len(parts) == 6

    @exercise('crypto: a changed message is rejected')
    def _():
        sealed = bytearray(seal('treasure'))
        sealed[-1] ^= 1
        rejected(lambda: client.decrypt(bytes(sealed), DecryptOptions('keys', 'aes')).read())
