package tidewater.sdk;

import static tidewater.sdk.Report.equal;
import static tidewater.sdk.Report.rejected;

import io.dapr.client.DaprPreviewClient;
import io.dapr.client.domain.DecryptRequestAlpha1;
import io.dapr.client.domain.EncryptRequestAlpha1;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import reactor.core.publisher.Flux;

final class Crypto {
  private static final byte[] HELLO = "hello".getBytes(StandardCharsets.UTF_8);

  static void exercises(Report report, DaprPreviewClient preview) {
    report.exercise("crypto: decrypts what it encrypted, with both kinds of key", () -> {
      byte[] byRsa = join(preview.encrypt(new EncryptRequestAlpha1("keys", Flux.just(HELLO), "rsa.pem", "RSA")));
      equal("whether it is the common format", true,
          new String(byRsa, StandardCharsets.ISO_8859_1).startsWith("dapr.io/enc/v1\n"));
      equal("the message", "hello", new String(decrypt(preview, byRsa), StandardCharsets.UTF_8));
      byte[] byAes = join(preview.encrypt(new EncryptRequestAlpha1("keys", Flux.just(HELLO), "aes", "A256KW")));
      equal("the message", "hello", new String(decrypt(preview, byAes), StandardCharsets.UTF_8));
    });

    report.exercise("crypto: a large message streams through", () -> {
      byte[] chunk = "tidewater ".repeat(5_000).getBytes(StandardCharsets.UTF_8);
      var request = new EncryptRequestAlpha1("keys", Flux.just(chunk).repeat(19), "aes", "AES")
          .setDataEncryptionCipher("chacha20-poly1305");
      byte[] plain = decrypt(preview, join(preview.encrypt(request)));
      equal("its size", 20 * chunk.length, plain.length);
      equal("its end", true, Arrays.equals(chunk, Arrays.copyOfRange(plain, 19 * chunk.length, plain.length)));
    });

    report.exercise("crypto: a message without the key's name needs it as an argument", () -> {
      byte[] secret = join(preview.encrypt(
          new EncryptRequestAlpha1("keys", Flux.just(HELLO), "rsa.pem", "RSA").setOmitDecryptionKeyName(true)));
      rejected("decryption without a key", () -> decrypt(preview, secret));
      byte[] plain = join(preview.decrypt(new DecryptRequestAlpha1("keys", Flux.just(secret)).setKeyName("rsa.pem")));
      equal("the message", "hello", new String(plain, StandardCharsets.UTF_8));
    });

    report.exercise("crypto: a changed message is rejected", () -> {
      byte[] secret = join(preview.encrypt(new EncryptRequestAlpha1("keys", Flux.just(HELLO), "aes", "A256KW")));
      secret[secret.length - 1] ^= 1;
      rejected("decryption", () -> decrypt(preview, secret));
    });
  }

  private static byte[] decrypt(DaprPreviewClient preview, byte[] secret) {
    return join(preview.decrypt(new DecryptRequestAlpha1("keys", Flux.just(secret))));
  }

  private static byte[] join(Flux<byte[]> chunks) {
    return chunks.collect(ByteArrayOutputStream::new, ByteArrayOutputStream::writeBytes).block().toByteArray();
  }
}
