package hayloft.common.metrics;

/// A room, or a part of one, that has figures. Thread-safe.
@FunctionalInterface
public interface FigureSource {

  /// Tells the figures as they are now. On a virtual thread: it may wait for a disk, but holds nobody up.
  void tell(Figures into);
}
