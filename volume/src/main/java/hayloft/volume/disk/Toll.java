package hayloft.volume.disk;

import java.io.IOException;

/// What long work on files pays for each piece that it reads or writes. It may have to wait, and what this throws ends
/// the work.
@FunctionalInterface
public interface Toll {
  Toll NONE = _ -> {};

  void pay(long bytes) throws IOException;
}
