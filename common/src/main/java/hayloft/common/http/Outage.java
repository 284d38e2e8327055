package hayloft.common.http;

import hayloft.common.directory.TooFewDescriptorsException;
import hayloft.common.placement.DiskFullException;
import hayloft.common.placement.NoWritableVolumeException;
import hayloft.common.placement.RestartNeededException;
import hayloft.common.volume.StaleEpochException;
import hayloft.common.volume.StoreBusyException;
import hayloft.common.volume.VolumeUnwritableException;
import java.io.IOException;

/// Which faults say that something does not work now and was not done, so that the ports of the roles answer 503 with
/// the reason; every other one is a 500. Stateless.
public final class Outage {

  private Outage() {}

  /// @return whether the same request may succeed later
  public static boolean is(IOException fault) {
    return switch (fault) {
      case NoWritableVolumeException _,VolumeUnwritableException _ -> true;
      case DiskFullException _,TooFewDescriptorsException _,StoreBusyException _ -> true;
      case RestartNeededException _,StaleEpochException _ -> true;
      default -> false;
    };
  }
}
