package hayloft.cli.server;

import hayloft.common.Durability;
import hayloft.common.health.Readiness;
import hayloft.common.metrics.Figure;
import hayloft.common.metrics.FigureSource;
import hayloft.common.metrics.Figures;

/// What the program tells of itself as a whole. Thread-safe.
///
/// @param startsAgain how often the server was started again within the process
record StoreFigures(Readiness readiness, Durability durability, int startsAgain) implements FigureSource {

  private static final Figure READY = Figure.gauge("hayloft_ready",
      "Whether it serves: 1; 0 while it starts or stops, or catalog or master have stopped after a fault and only "
          + "reads are answered.");
  private static final Figure STARTS_AGAIN = Figure.counter("hayloft_starts_again",
      "How often the server started again within the process, since catalog or master had stopped after a fault.");
  private static final Figure DURABILITY = Figure.gauge("hayloft_durability",
      "When writes are acknowledged if a bucket does not say otherwise; always 1, the label tells.", "durability");

  @Override
  public void tell(Figures into) {
    into.number(READY, readiness.isReady() ? 1 : 0);
    into.number(STARTS_AGAIN, startsAgain);
    into.number(DURABILITY, 1, durability.text());
  }
}
