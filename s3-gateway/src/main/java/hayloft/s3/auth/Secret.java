package hayloft.s3.auth;

/// A secret access key in the clear. Never printed.
public record Secret(String value) {

  @Override
  public String toString() {
    return "Secret[...]";
  }
}
