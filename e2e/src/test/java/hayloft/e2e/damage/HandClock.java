package hayloft.e2e.damage;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/// A clock that moves by hand. Thread-safe.
final class HandClock implements InstantSource {
  private Instant now;

  HandClock(Instant from) {
    now = from;
  }

  HandClock() {
    this(Instant.parse("2026-01-01T00:00:00Z"));
  }

  @Override
  public synchronized Instant instant() {
    return now;
  }

  synchronized void advance(Duration by) {
    now = now.plus(by);
  }
}
