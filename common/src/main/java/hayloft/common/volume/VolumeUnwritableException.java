package hayloft.common.volume;

import java.io.IOException;

/// A volume takes no appends, for a while or for good. Nothing of the refused needle is there.
public final class VolumeUnwritableException extends IOException {

  private static final long serialVersionUID = 1L;

  /// Why a volume takes no appends.
  public enum Reason {
    /// It reached its size limit or its number of needles; it will be sealed.
    FULL,
    /// Sealed for good.
    SEALED,
    /// Its directory is below the free-space reserve; it takes appends again once there is space.
    NO_SPACE,
    /// A write or sync failed; it stays read-only.
    FAILED,
    /// An administrator asked for it; it takes appends again when he says so.
    READ_ONLY
  }

  private final int volume;
  private final Reason reason;

  public VolumeUnwritableException(int volume, Reason reason, String message) {
    super(message);
    this.volume = volume;
    this.reason = reason;
  }

  public int volume() {
    return volume;
  }

  public Reason reason() {
    return reason;
  }
}
