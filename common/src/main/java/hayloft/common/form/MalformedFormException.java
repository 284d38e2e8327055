package hayloft.common.form;

import java.io.IOException;

/// A body is no `multipart/form-data`, though it says so. The message tells what is wrong with it, for people.
public final class MalformedFormException extends IOException {

  private static final long serialVersionUID = 1L;

  MalformedFormException(String message) {
    super(message);
  }
}
