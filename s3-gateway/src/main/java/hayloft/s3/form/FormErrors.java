package hayloft.s3.form;

import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import java.util.List;

/// The errors that only forms have.
final class FormErrors {

  private FormErrors() {}

  static S3Exception error(String code, String message) {
    return new S3Exception(new S3Error.Refused(400, code, message, List.of()));
  }

  static S3Exception malformed() {
    return error("MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data.");
  }

  static S3Exception againstPolicy(String why) {
    return new S3Exception(
        new S3Error.Refused(403, "AccessDenied", "Invalid according to Policy: " + why, List.of()));
  }

  static S3Exception invalidPolicy(String why) {
    return error("InvalidPolicyDocument", "Invalid Policy: " + why);
  }

  static S3Exception missing(String field) {
    return new S3Exception(new S3Error.InvalidArgument("Bucket POST must contain a field named '" + field
        + "'.  If it is specified, please check the order of the fields.", field, ""));
  }
}
