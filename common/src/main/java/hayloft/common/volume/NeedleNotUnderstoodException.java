package hayloft.common.volume;

import java.io.IOException;

/// What a [NeedleVisitor] says of a needle whose sums are right and whose meta makes no sense to it: no server that
/// works can have written it. It costs that needle, and the scan goes on.
public final class NeedleNotUnderstoodException extends IOException {

  private static final long serialVersionUID = 1L;

  /// @param why in words
  public NeedleNotUnderstoodException(String why, Throwable cause) {
    super(why, cause);
  }
}
