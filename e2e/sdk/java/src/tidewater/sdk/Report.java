package tidewater.sdk;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Prints one line per exercise, in the simplest part of TAP. */
final class Report {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private int tried;
  private int failed;

  interface Exercise {
    void run() throws Exception;
  }

  void exercise(String name, Exercise exercise) {
    tried++;
    try {
      exercise.run();
      System.out.println("ok " + name);
    } catch (Exception | AssertionError problem) {
      failed++;
      System.out.println("not ok " + name + "\n  " + problem.toString().replace("\n", "\n  "));
    }
  }

  void skip(String name, String reason) {
    tried++;
    System.out.println("ok " + name + " # SKIP " + reason);
  }

  /** Prints the number of exercises, so that a program that ends early counts as failed. */
  int end() {
    System.out.println("1.." + tried);
    return failed == 0 ? 0 : 1;
  }

  static void equal(String what, Object expected, Object got) {
    if (!Objects.equals(expected, got)) throw new AssertionError(what + " is " + got + ", expected " + expected);
  }

  static void rejected(String what, Exercise exercise) {
    try {
      exercise.run();
    } catch (Exception error) {
      return;
    }
    throw new AssertionError(what + " did not fail");
  }

  /** Receives one value from a handler; the error on timeout names it. */
  static <T> T next(BlockingQueue<T> from, String what) throws InterruptedException {
    T value = from.poll(LIMIT.toSeconds(), TimeUnit.SECONDS);
    if (value == null) throw new AssertionError("timed out waiting for " + what);
    return value;
  }

  static void eventually(String what, Callable<Boolean> holds) throws Exception {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!holds.call()) {
      if (System.nanoTime() > end) throw new AssertionError("timed out waiting for " + what);
      Thread.sleep(50);
    }
  }
}
