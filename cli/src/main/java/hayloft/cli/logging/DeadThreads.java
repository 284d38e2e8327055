package hayloft.cli.logging;

import hayloft.common.log.EventLog;

/// Tells of a thread that something unexpected has ended: one event with its trace. Stateless.
final class DeadThreads implements Thread.UncaughtExceptionHandler {

  private static final EventLog LOG = EventLog.of(DeadThreads.class);

  @Override
  public void uncaughtException(Thread thread, Throwable thrown) {
    LOG.error("process.threadDied").with("thread", thread.getName()).say(thrown);
  }
}
