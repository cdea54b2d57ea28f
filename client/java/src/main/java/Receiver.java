import com.google.gson.JsonParser;
import com.standardwebhooks.Webhook;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

/**
 * Receives webhooks: verifies each signature, then answers.
 *
 * <pre>WEBHOOK_SECRET=whsec_... mvn -q compile exec:java -Dexec.mainClass=Receiver -Dexec.args=8080</pre>
 */
public final class Receiver {
  private static final int MAX_BODY = 1 << 20; // hookd sends at most 256 KiB

  public static void main(String[] arguments) throws Exception {
    String secret = System.getenv("WEBHOOK_SECRET");
    if (arguments.length != 1 || secret == null) {
      throw new IllegalArgumentException("usage: WEBHOOK_SECRET=whsec_... Receiver PORT");
    }
    Webhook verifier = new Webhook(secret);
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0]));
    HttpServer server = HttpServer.create(address, 128);
    server.setExecutor(Executors.newFixedThreadPool(16));
    server.createContext("/", exchange -> receive(exchange, verifier));
    server.start();
    System.out.printf("listening on http://127.0.0.1:%d/%n", server.getAddress().getPort());
    Thread.currentThread().join(); // Maven ends with main
  }

  private static void receive(HttpExchange exchange, Webhook verifier) throws IOException {
    int status = 204;
    try {
      // The signature is of the bytes as they came: verify before anything parses them.
      String body = new String(exchange.getRequestBody().readNBytes(MAX_BODY), StandardCharsets.UTF_8);
      verifier.verify(body, HttpHeaders.of(exchange.getRequestHeaders(), (name, value) -> true));
      // Answer within 5 seconds: what takes longer belongs into a queue. Webhook-Id tells what was there before.
      String type = JsonParser.parseString(body).getAsJsonObject().get("type").getAsString();
      System.out.printf("verified %s %s%n", type, exchange.getRequestHeaders().getFirst("Webhook-Id"));
    } catch (Exception error) { // of any kind: it comes from outside
      System.out.printf("refused: %s%n", error.getMessage());
      status = 401;
    }
    exchange.sendResponseHeaders(status, -1);
    exchange.close();
  }
}
