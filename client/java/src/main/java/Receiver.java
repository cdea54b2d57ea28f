import com.google.gson.JsonParser;
import com.standardwebhooks.Webhook;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpHeaders;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.concurrent.Executors;

/**
 * Receives webhooks: verifies each signature, then responds.
 *
 * <pre>WEBHOOK_SECRET=whsec_... mvn -q compile exec:java -Dexec.mainClass=Receiver -Dexec.args=8080</pre>
 *
 * <p>With a public key (whpk_...) instead of a secret it verifies Ed25519 signatures (`v1a`), which the published library
 * does not support.
 */
public final class Receiver {
  private static final int MAX_BODY = 1 << 20; // hookd sends at most 256 KiB

  public static void main(String[] arguments) throws Exception {
    String secret = System.getenv("WEBHOOK_SECRET");
    if (arguments.length != 1 || secret == null) {
      throw new IllegalArgumentException("usage: WEBHOOK_SECRET=whsec_... Receiver PORT");
    }
    Verifier verifier = secret.startsWith("whpk_") ? ed25519(secret) : new Webhook(secret)::verify;
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0]));
    HttpServer server = HttpServer.create(address, 128);
    server.setExecutor(Executors.newFixedThreadPool(16));
    server.createContext("/", exchange -> receive(exchange, verifier));
    server.start();
    System.out.printf("listening on http://127.0.0.1:%d/%n", server.getAddress().getPort());
    Thread.currentThread().join(); // Maven exits when main returns
  }

  private interface Verifier {
    void verify(String body, HttpHeaders headers) throws Exception;
  }

  private static Verifier ed25519(String publicKey) throws GeneralSecurityException {
    byte[] raw = Base64.getDecoder().decode(publicKey.substring("whpk_".length()));
    byte[] algorithm = HexFormat.of().parseHex("302a300506032b6570032100"); // RFC 8410: the prefix of a public key
    byte[] encoded = ByteBuffer.allocate(algorithm.length + raw.length).put(algorithm).put(raw).array();
    PublicKey key = KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
    return (body, headers) -> {
      String timestamp = headers.firstValue("Webhook-Timestamp").orElse("");
      // At most five minutes, to prevent replay attacks.
      if (Math.abs(Instant.now().getEpochSecond() - Long.parseLong(timestamp)) > 300) {
        throw new GeneralSecurityException("too old, or from the future");
      }
      String signed = headers.firstValue("Webhook-Id").orElse("") + "." + timestamp + "." + body;
      // There is one signature for each key, separated by spaces.
      for (String each : headers.firstValue("Webhook-Signature").orElse("").split(" ")) {
        if (!each.startsWith("v1a,")) continue;
        Signature verification = Signature.getInstance("Ed25519");
        verification.initVerify(key);
        verification.update(signed.getBytes(StandardCharsets.UTF_8));
        if (verification.verify(Base64.getDecoder().decode(each.substring("v1a,".length())))) return;
      }
      throw new GeneralSecurityException("no signature is valid");
    };
  }

  private static void receive(HttpExchange exchange, Verifier verifier) throws IOException {
    int status = 204;
    try {
      // The signature covers the bytes as received: verify it before parsing them.
      String body = new String(exchange.getRequestBody().readNBytes(MAX_BODY), StandardCharsets.UTF_8);
      verifier.verify(body, HttpHeaders.of(exchange.getRequestHeaders(), (name, value) -> true));
      // Respond within 5 seconds, and put longer work into a queue. Use Webhook-Id to detect duplicates.
      String type = JsonParser.parseString(body).getAsJsonObject().get("type").getAsString();
      System.out.printf("verified %s %s%n", type, exchange.getRequestHeaders().getFirst("Webhook-Id"));
    } catch (Exception error) { // any exception, because the request is untrusted
      System.out.printf("refused: %s%n", error.getMessage());
      status = 401;
    }
    exchange.sendResponseHeaders(status, -1);
    exchange.close();
  }
}
