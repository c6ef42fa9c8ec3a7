package main

import (
	"bytes"
	"context"
	"io"
	"strings"

	dapr "github.com/dapr/go-sdk/client"
)

func tryCrypto(r *report, client dapr.Client) {
	encrypt := func(ctx context.Context, plain []byte, options dapr.EncryptOptions) []byte {
		options.ComponentName = keyVault
		return must(io.ReadAll(must(client.Encrypt(ctx, bytes.NewReader(plain), options))))
	}
	decrypt := func(ctx context.Context, secret []byte, keyName string) ([]byte, error) {
		plain, err := client.Decrypt(ctx, bytes.NewReader(secret), dapr.DecryptOptions{ComponentName: keyVault, KeyName: keyName})
		if err != nil {
			return nil, err
		}
		return io.ReadAll(plain)
	}

	r.try("crypto: decrypts what it encrypted, with both kinds of key", func(ctx context.Context) {
		for key, algorithm := range map[string]string{rsaKey: "RSA", symmetricKey: "A256KW"} {
			secret := encrypt(ctx, []byte("hello"), dapr.EncryptOptions{KeyName: key, KeyWrapAlgorithm: algorithm})
			equal("whether it is the common format", strings.HasPrefix(string(secret), "dapr.io/enc/v1\n"), true)
			equal("the message", string(must(decrypt(ctx, secret, ""))), "hello")
		}
	})

	r.try("crypto: a large message streams through", func(ctx context.Context) {
		large := bytes.Repeat([]byte("tidewater "), 100_000)
		secret := encrypt(ctx, large, dapr.EncryptOptions{
			KeyName: symmetricKey, KeyWrapAlgorithm: "AES", DataEncryptionCipher: "chacha20-poly1305",
		})
		equal("whether it is the same", bytes.Equal(must(decrypt(ctx, secret, "")), large), true)
	})

	r.try("crypto: a message without the key's name needs it as an argument", func(ctx context.Context) {
		secret := encrypt(ctx, []byte("hello"), dapr.EncryptOptions{
			KeyName: rsaKey, KeyWrapAlgorithm: "RSA", OmitDecryptionKeyName: true,
		})
		_, err := decrypt(ctx, secret, "")
		rejected("decryption without a key", err)
		equal("the message", string(must(decrypt(ctx, secret, rsaKey))), "hello")
	})

	r.try("crypto: a changed message is rejected", func(ctx context.Context) {
		secret := encrypt(ctx, []byte("hello"), dapr.EncryptOptions{KeyName: symmetricKey, KeyWrapAlgorithm: "A256KW"})
		secret[len(secret)-1] ^= 1
		_, err := decrypt(ctx, secret, "")
		rejected("decryption", err)
	})
}
