package tidewater.sdk;

import static tidewater.sdk.Inbox.topic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.dapr.actors.runtime.ActorRuntime;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;

/**
 * The app over HTTP, on the server that comes with Java. The SDK's adapter for Spring does the same: it passes the routes to
 * the actor runtime.
 */
final class HttpApp {
  private static final ObjectMapper JSON = new ObjectMapper();
  private final Inbox inbox;

  HttpApp(Inbox inbox) {
    this.inbox = inbox;
  }

  void listen(int port) throws IOException {
    ActorRuntime.getInstance().registerActor(HostedCounter.class);
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext("/", this::handle);
    server.start();
  }

  private void handle(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    byte[] reply = new byte[0];
    int status = 200;
    try {
      reply = reply(exchange, body);
      if (reply == null) status = 404;
    } catch (Exception problem) {
      status = 500;
      reply = String.valueOf(problem.getMessage()).getBytes(StandardCharsets.UTF_8);
    }
    boolean isEmpty = reply == null || reply.length == 0;
    exchange.sendResponseHeaders(status, isEmpty ? -1 : reply.length);
    if (!isEmpty) exchange.getResponseBody().write(reply);
    exchange.close();
  }

  /** Null for an unknown route. */
  private byte[] reply(HttpExchange exchange, byte[] body) throws Exception {
    String path = exchange.getRequestURI().getPath();
    switch (path) {
      case "/dapr/config":
        return ActorRuntime.getInstance().serializeConfig();
      case "/dapr/subscribe":
        return JSON.writeValueAsBytes(subscriptions());
      case "/ticks":
        inbox.ticks.offer("tick");
        return new byte[0];
      case "/shout":
        String query = exchange.getRequestURI().getQuery();
        String text = new String(body, StandardCharsets.UTF_8).toUpperCase(Locale.ROOT);
        return JSON.writeValueAsBytes(exchange.getRequestMethod() + " " + (query == null ? "" : query) + " " + text);
      case "/fail":
        throw new IllegalStateException("out of stock");
      case "/orders", "/gifts", "/bulk", "/unlucky", "/graveyard":
        return event(path, JSON.readTree(body));
      default:
        return path.startsWith("/actors/") ? actor(exchange.getRequestMethod(), path.split("/"), body) : null;
    }
  }

  private List<Map<String, Object>> subscriptions() {
    return List.of(
        Map.of("pubsubname", inbox.pubsub, "topic", topic("orders"), "routes", Map.of(
            "rules", List.of(Map.of("match", "event.data.kind == \"gift\"", "path", "/gifts")), "default", "/orders")),
        Map.of("pubsubname", inbox.pubsub, "topic", topic("bulk"), "route", "/bulk"),
        Map.of("pubsubname", inbox.pubsub, "topic", topic("unlucky"), "route", "/unlucky",
            "deadLetterTopic", topic("graveyard")),
        Map.of("pubsubname", inbox.pubsub, "topic", topic("graveyard"), "route", "/graveyard"));
  }

  private byte[] event(String route, JsonNode event) throws IOException {
    JsonNode data = event.get("data");
    boolean isTaken = inbox.take(route, event.get("type").asText(), data.isTextual() ? data.asText() : data.toString());
    return JSON.writeValueAsBytes(Map.of("status", isTaken ? "SUCCESS" : "DROP"));
  }

  /** `/actors/{type}/{id}`, then `/method/{name}`, `/method/remind/{name}` or `/method/timer/{name}`. */
  private static byte[] actor(String verb, String[] path, byte[] body) {
    ActorRuntime runtime = ActorRuntime.getInstance();
    String type = path[2];
    String id = path[3];
    if (verb.equals("DELETE")) runtime.deactivate(type, id).block();
    else if (path.length == 6) return runtime.invoke(type, id, path[5], body).blockOptional().orElse(new byte[0]);
    else if (path[5].equals("remind")) runtime.invokeReminder(type, id, path[6], body).block();
    else runtime.invokeTimer(type, id, path[6], body).block();
    return new byte[0];
  }
}
