package hayloft.master.log;

import java.io.IOException;

/// The log does not say what it said when it was acknowledged. The message names file and place, and what to do.
public final class DamagedLogException extends IOException {

  private static final long serialVersionUID = 1L;

  DamagedLogException(String message) {
    super(message);
  }
}
