package hayloft.s3.form;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import hayloft.s3.error.S3Exception;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// What a form may say, as its signer wrote it. Immutable.
/// [POST policy](https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html)
///
/// Every field needs a condition, but for those that carry the signature, the file, checksums (they can only narrow
/// what is accepted) and what begins with `x-ignore-`. Names of fields are compared without regard to case.
///
/// @param minBytes of the file
/// @param maxBytes of the file
record FormPolicy(Instant expiration, List<Condition> conditions, long minBytes, long maxBytes) {

  private static final Set<String> NEEDS_NO_CONDITION = Set.of("awsaccesskeyid", "signature", "x-amz-signature",
      "policy", "file");
  private static final List<String> NEED_NO_CONDITION = List.of("x-ignore-", "x-amz-checksum-");
  /// Two readers of a policy must not find different things in it: no name is there twice, and nothing behind the end.
  private static final ObjectMapper JSON = JsonMapper.builder()
      .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .build();

  /// @param field lower-case name
  /// @param prefix the value need only begin with `value`
  record Condition(String field, String value, boolean prefix) {
    private boolean holds(String given) {
      if (!prefix) {
        return given.equals(value);
      }
      if (field.equals("content-type")) { // a list of types: each must fit
        for (String type : given.split(",", -1)) {
          if (!type.strip().startsWith(value)) {
            return false;
          }
        }
        return true;
      }
      return given.startsWith(value);
    }

    private String text() {
      return "[\"" + (prefix ? "starts-with" : "eq") + "\", \"$" + field + "\", \"" + value + "\"]";
    }
  }

  FormPolicy {
    conditions = List.copyOf(conditions);
  }

  /// @param base64 as in the field
  /// @throws S3Exception InvalidPolicyDocument
  static FormPolicy parse(String base64) {
    JsonNode root = json(base64);
    JsonNode expiration = root.path("expiration");
    JsonNode list = root.path("conditions");
    if (!root.isObject() || expiration.isMissingNode()) {
      throw FormErrors.invalidPolicy("Policy missing expiration.");
    }
    if (!expiration.isTextual()) { // the text of a number might be a date
      throw invalidExpiration(expiration.toString());
    }
    if (!list.isArray()) {
      throw FormErrors.invalidPolicy("Policy missing conditions.");
    }
    List<Condition> conditions = new ArrayList<>();
    long minBytes = 0;
    long maxBytes = Long.MAX_VALUE;
    for (JsonNode one : list) {
      if (one.isArray() && one.size() == 3 && operator(one).equals("content-length-range")) {
        long least = bytes(one.get(1));
        long most = bytes(one.get(2));
        if (least > most) {
          throw invalidRange();
        }
        minBytes = Math.max(minBytes, least);
        maxBytes = Math.min(maxBytes, most);
      } else {
        addConditions(one, conditions);
      }
    }
    return new FormPolicy(instant(expiration.asText()), conditions, minBytes, maxBytes);
  }

  private static JsonNode json(String base64) {
    try {
      JsonNode root = JSON.readTree(Base64.getMimeDecoder().decode(base64));
      if (root == null) {
        throw FormErrors.invalidPolicy("Invalid JSON.");
      }
      return root;
    } catch (IllegalArgumentException | JsonProcessingException _) {
      throw FormErrors.invalidPolicy("Invalid JSON.");
    } catch (IOException e) {
      throw new IllegalStateException("an array cannot fail to be read", e);
    }
  }

  private static Instant instant(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException _) {
      throw invalidExpiration(text);
    }
  }

  private static S3Exception invalidExpiration(String text) {
    return FormErrors.invalidPolicy("Invalid 'expiration' value: '" + text + "'");
  }

  private static String operator(JsonNode condition) {
    return condition.get(0).asText().toLowerCase(Locale.ROOT);
  }

  private static void addConditions(JsonNode one, List<Condition> out) {
    if (one.isObject() && !one.isEmpty()) {
      for (Map.Entry<String, JsonNode> pair : one.properties()) {
        if (!pair.getValue().isValueNode()) {
          throw FormErrors.invalidPolicy("Invalid simple condition.");
        }
        out.add(new Condition(pair.getKey().toLowerCase(Locale.ROOT), pair.getValue().asText(), false));
      }
      return;
    }
    if (!one.isArray() || one.size() != 3 || !one.get(1).isTextual() || !one.get(1).asText().startsWith("$")
        || !one.get(2).isValueNode()) {
      throw FormErrors.invalidPolicy("Invalid condition: " + one.getNodeType());
    }
    String field = one.get(1).asText().substring(1).toLowerCase(Locale.ROOT);
    boolean prefix = switch (operator(one)) {
      case "eq" -> false;
      case "starts-with" -> true;
      default -> throw FormErrors.invalidPolicy("Unknown condition operation.");
    };
    out.add(new Condition(field, one.get(2).asText(), prefix));
  }

  private static long bytes(JsonNode node) {
    try {
      long bytes = Long.parseLong(node.asText());
      if (bytes >= 0) {
        return bytes;
      }
    } catch (NumberFormatException _) {
      // as invalid as a negative number
    }
    throw invalidRange();
  }

  private static S3Exception invalidRange() {
    return FormErrors.invalidPolicy("Invalid content-length-range.");
  }

  /// @param fields by lower-case name
  /// @param bucket that the form was sent to, whatever a field of that name says
  /// @throws S3Exception AccessDenied
  void check(Map<String, String> fields, String bucket, Instant now) {
    if (now.isAfter(expiration)) {
      throw FormErrors.againstPolicy("Policy expired.");
    }
    Set<String> covered = new HashSet<>();
    for (Condition condition : conditions) {
      covered.add(condition.field());
      String given = condition.field().equals("bucket") ? bucket : fields.getOrDefault(condition.field(), "");
      if (!condition.holds(given)) {
        throw FormErrors.againstPolicy("Policy Condition failed: " + condition.text());
      }
    }
    requireCovered("bucket", covered);
    fields.keySet().forEach(name -> requireCovered(name, covered));
  }

  private static void requireCovered(String name, Set<String> covered) {
    if (!covered.contains(name) && !NEEDS_NO_CONDITION.contains(name)
        && NEED_NO_CONDITION.stream().noneMatch(name::startsWith)) {
      throw FormErrors.againstPolicy("Extra input fields: " + name);
    }
  }
}
