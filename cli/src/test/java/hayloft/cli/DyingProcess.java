package hayloft.cli;

import hayloft.cli.logging.Logging;
import java.io.PrintWriter;

/// A process whose log is JSON and in which everything goes wrong that can. Run by [JsonProcessTest].
final class DyingProcess {

  private DyingProcess() {}

  public static void main(String[] arguments) throws InterruptedException {
    Logging.toStandardError();
    Logging.standForStandardStreams();
    Logging.onlyJson(true);
    System.out.println("hayloft ready");
    System.err.println("SLF4J(W): No providers were found.");
    new IllegalStateException("printed").printStackTrace();
    Logging.sayWhy("hayloft: refused\nhayloft: twice", new PrintWriter(System.err, true));
    Thread thread = Thread.ofPlatform().name("writer").start(() -> {
      throw new IllegalStateException("a bug\nof two lines");
    });
    thread.join();
    var err = new PrintWriter(System.err, true);
    Bug.tell(new OutOfMemoryError("unable to create native thread"), "hayloft server", err);
    System.err.print("not ended");
    Logging.end();
    System.exit(1);
  }
}
