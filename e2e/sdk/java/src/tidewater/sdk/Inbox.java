package tidewater.sdk;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** What the app has received, over both protocols, and its broker. */
final class Inbox {
  /** An event: its route, its type, its data. */
  record Delivery(String route, String type, String data) {}

  final String pubsub;
  final BlockingQueue<Delivery> orders = new LinkedBlockingQueue<>();
  final BlockingQueue<String> bulk = new LinkedBlockingQueue<>();
  final BlockingQueue<String> attempts = new LinkedBlockingQueue<>();
  final BlockingQueue<String> deadLetters = new LinkedBlockingQueue<>();
  final BlockingQueue<Integer> batches = new LinkedBlockingQueue<>();
  final BlockingQueue<String> jobs = new LinkedBlockingQueue<>();
  final BlockingQueue<String> ticks = new LinkedBlockingQueue<>(1);

  Inbox(String pubsub) {
    this.pubsub = pubsub;
  }

  /** Topics are named after the app: the brokers are shared. */
  static String topic(String name) {
    return Main.APP_ID + "-" + name;
  }

  /** Receives an event of a route; false for those of `/unlucky`, which are dropped. */
  boolean take(String route, String type, String data) {
    switch (route) {
      case "/bulk" -> bulk.add(data);
      case "/unlucky" -> attempts.add(data);
      case "/graveyard" -> deadLetters.add(data);
      default -> orders.add(new Delivery(route, type, data));
    }
    return !route.equals("/unlucky");
  }
}
