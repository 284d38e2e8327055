package hayloft.cli.server;

import hayloft.common.Durability;
import hayloft.common.health.Readiness;
import hayloft.common.metrics.Figure;
import hayloft.common.metrics.FigureSource;
import hayloft.common.metrics.Figures;

/// What the program tells of itself as a whole. Thread-safe.
record StoreFigures(Readiness readiness, Durability durability) implements FigureSource {

  private static final Figure READY = Figure.gauge("hayloft_ready",
      "Whether it serves: 1; 0 while it starts or stops.");
  private static final Figure DURABILITY = Figure.gauge("hayloft_durability",
      "When writes are acknowledged if a bucket does not say otherwise; always 1, the label tells.", "durability");

  @Override
  public void tell(Figures into) {
    into.number(READY, readiness.isReady() ? 1 : 0);
    into.number(DURABILITY, 1, durability.text());
  }
}
