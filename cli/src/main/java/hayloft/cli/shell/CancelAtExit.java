package hayloft.cli.shell;

import hayloft.cli.ShownText;
import java.io.IOException;

/// Cancels the job that is waited for when the process is interrupted, by ^C for instance. Closing it ends that.
final class CancelAtExit implements AutoCloseable {

  private final Thread hook;

  private CancelAtExit(Thread hook) {
    this.hook = hook;
  }

  static CancelAtExit of(ShellSession session) {
    var hook = new Thread(() -> {
      try {
        if (session.cancel()) {
          System.err.println("\nhayloft: cancelled");
        }
        session.close();
      } catch (IOException e) {
        System.err.println("hayloft: " + ShownText.lines(String.valueOf(e.getMessage())));
      }
    }, "cancel");
    Runtime.getRuntime().addShutdownHook(hook);
    return new CancelAtExit(hook);
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) { // the process is ending: the hook runs
      return;
    }
  }
}
