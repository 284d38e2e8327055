package hayloft.s3.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import hayloft.s3.auth.AuthFailure.InvalidAccessKeyId;
import hayloft.s3.auth.AuthFailure.InvalidArgument;
import hayloft.s3.auth.AuthFailure.SignatureDoesNotMatch;
import hayloft.s3.auth.AuthFailure.WrongRegion;
import java.security.MessageDigest;
import java.util.Map;
import java.util.function.Predicate;

/// The signature of a browser's form, which covers its policy and nothing else. Thread-safe.
/// [Version 4](https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-UsingHTTPPOST.html),
/// [version 2](https://docs.aws.amazon.com/AmazonS3/latest/userguide/HTTPPOSTForms.html)
final class FormSignature {

  private final AccessKeys keys;
  private final AuthConfig config;
  private final SigningKeys signingKeys = new SigningKeys();

  FormSignature(AccessKeys keys, AuthConfig config) {
    this.keys = keys;
    this.config = config;
  }

  static boolean isVersion4(Map<String, String> fields) {
    return fields.containsKey("x-amz-algorithm") || fields.containsKey("x-amz-credential")
        || fields.containsKey("x-amz-signature");
  }

  static boolean isVersion2(Map<String, String> fields) {
    return fields.containsKey("awsaccesskeyid") || fields.containsKey("signature");
  }

  /// @param otherRegion a region besides the store's that the form may be signed for
  AuthResult.Granted verifyVersion4(Map<String, String> fields, Predicate<String> otherRegion)
      throws AuthRefusedException {
    String policy = require(fields, "policy");
    String algorithm = require(fields, "x-amz-algorithm");
    String credentialText = require(fields, "x-amz-credential");
    String timestamp = require(fields, "x-amz-date");
    String signature = require(fields, "x-amz-signature");
    CredentialScope credential = CredentialScope.parse(credentialText);
    if (!algorithm.equals(SignatureV4.ALGORITHM)) {
      throw new AuthRefusedException(
          new InvalidArgument("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"", "X-Amz-Algorithm", algorithm));
    }
    if (credential == null || !credential.service().equals("s3")) {
      throw new AuthRefusedException(new InvalidArgument("The credential is malformed; expecting "
          + "\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".", "X-Amz-Credential", credentialText));
    }
    if (!RequestTime.parseBasic(timestamp).timestamp().startsWith(credential.day())) {
      throw new AuthRefusedException(new InvalidArgument(
          "The credential's date is not the same as X-Amz-Date", "X-Amz-Credential", credentialText));
    }
    if (!config.anyRegion() && !credential.region().equals(config.region())
        && !otherRegion.test(credential.region())) {
      throw new AuthRefusedException(new WrongRegion(credential.region(), config.region(), false));
    }
    Secret secret = secret(credential.accessKey());
    HmacKey key = signingKeys.find(secret, credential.day(), credential.region(), credential.service());
    if (!MessageDigest.isEqual(key.sign(policy), Signatures.parseHex(signature))) {
      throw new AuthRefusedException(new SignatureDoesNotMatch(credential.accessKey(), signature, policy, ""));
    }
    signingKeys.keep(secret, credential.day(), credential.region(), credential.service(), key);
    return new AuthResult.Granted(credential.accessKey(), new PayloadCheck.Unsigned());
  }

  AuthResult.Granted verifyVersion2(Map<String, String> fields) throws AuthRefusedException {
    String policy = require(fields, "policy");
    String accessKey = require(fields, "awsaccesskeyid");
    String signature = require(fields, "signature");
    byte[] expected = HmacKey.sha1(secret(accessKey).value().getBytes(UTF_8)).sign(policy);
    if (!MessageDigest.isEqual(expected, Signatures.parseBase64(signature))) {
      throw new AuthRefusedException(new SignatureDoesNotMatch(accessKey, signature, policy, ""));
    }
    return new AuthResult.Granted(accessKey, new PayloadCheck.Unsigned());
  }

  private Secret secret(String accessKey) throws AuthRefusedException {
    return keys.find(accessKey).orElseThrow(() -> new AuthRefusedException(new InvalidAccessKeyId(accessKey)));
  }

  private static String require(Map<String, String> fields, String name) throws AuthRefusedException {
    String value = fields.get(name);
    if (value == null) {
      throw new AuthRefusedException(new InvalidArgument("Bucket POST must contain a field named '" + name
          + "'.  If it is specified, please check the order of the fields.", name, ""));
    }
    return value;
  }
}
