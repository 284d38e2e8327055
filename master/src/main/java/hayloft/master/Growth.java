package hayloft.master;

import hayloft.master.state.VolumeEntry;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/// A volume that is being created. Its id is spent already, and durably so. Immutable but for the end, which comes
/// once.
///
/// @param volume as it will be in the registry
/// @param sinceNanos when it began, as System.nanoTime tells
record Growth(VolumeEntry volume, Place place, long sinceNanos, CompletableFuture<End> end) {

  /// One directory of one volume server.
  record Place(String node, String directory) {
    @Override
    public String toString() {
      return directory + " of " + node;
    }
  }

  /// What became of it.
  sealed interface End {
    /// It is there and in the registry.
    record Created() implements End {}

    /// The server could not: another place may.
    record NotCreated(IOException why) implements End {}

    /// It is there and could not be noted; the next start finds it.
    record NotNoted(IOException why) implements End {}
  }
}
