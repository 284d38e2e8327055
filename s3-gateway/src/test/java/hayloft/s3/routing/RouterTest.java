package hayloft.s3.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.Addressing.Level;
import hayloft.s3.request.Query;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RouterTest {

  private final Router router = new Router(Set.of(S3Operation.values()));
  private final Router someDone = new Router(Set.of(S3Operation.LIST_OBJECT_VERSIONS, S3Operation.DELETE_OBJECTS,
      S3Operation.GET_BUCKET_LOCATION, S3Operation.GET_BUCKET_VERSIONING, S3Operation.GET_BUCKET_DURABILITY,
      S3Operation.GET_OBJECT_ATTRIBUTES, S3Operation.LIST_PARTS, S3Operation.GET_BUCKET_ACL,
      S3Operation.LIST_MULTIPART_UPLOADS));

  @ParameterizedTest
  @EnumSource
  void everyOperationIsFoundByItsMarks(S3Operation operation) {
    assertEquals(operation,
        router.route(operation.method(), operation.level(), queryOf(operation), headersOf(operation)));
  }

  @ParameterizedTest
  @EnumSource
  void signaturesAndClientParametersChangeNothing(S3Operation operation) {
    String marks = operation.marks().stream().map(mark -> mark + "=" + valueOf(mark)).collect(Collectors.joining("&"));
    Query query = Query.parse(marks + "&X-Amz-Signature=1&X-Amz-Date=2&x-id=" + operation.awsName()
        + "&x-request-tag=mine&AWSAccessKeyId=a&Expires=1&Signature=s");
    assertEquals(operation, router.route(operation.method(), operation.level(), query, headersOf(operation)));
  }

  @ParameterizedTest
  @EnumSource
  void anUnknownParameterIsNeverTheNearestRoute(S3Operation operation) {
    if (operation.method().equals(HttpMethod.OPTIONS) || operation.toleratesUnknown()) {
      return; // touches nothing, whatever stands in its query
    }
    String marks = operation.marks().stream().map(mark -> mark + "=" + valueOf(mark)).collect(Collectors.joining("&"));
    S3Exception refused = assertThrows(S3Exception.class, () -> router.route(operation.method(), operation.level(),
        Query.parse(marks + "&unknown"), headersOf(operation)));
    assertTrue(Set.of(501, 400).contains(refused.error().status()), refused.getMessage());
  }

  @Test
  void deleteOfABucketWithAnySubResourceIsNotDeleteBucket() {
    Set<String> marks = Arrays.stream(S3Operation.values()).filter(one -> one.level() == Level.BUCKET)
        .flatMap(one -> one.marks().stream()).collect(Collectors.toSet());
    for (String mark : marks) {
      try {
        S3Operation routed = router.route(HttpMethod.DELETE, Level.BUCKET, Query.parse(mark), new DefaultHttpHeaders());
        assertTrue(routed.marks().contains(mark), mark);
      } catch (S3Exception refused) {
        assertTrue(refused.error().status() >= 400, mark);
      }
    }
  }

  @Test
  void randomQueriesNeverReachAnOperationThatDoesNotKnowEachOfTheirParameters() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    String[] words = Stream
        .concat(Stream.of("unknown", "usage", "append", "ACL", "Versions"),
            Arrays.stream(S3Operation.values())
                .flatMap(one -> Stream.concat(one.marks().stream(), one.takes().stream())))
        .filter(word -> !word.equals(Router.ANYTHING)).distinct().toArray(String[]::new);
    HttpMethod[] methods = {HttpMethod.GET, HttpMethod.PUT, HttpMethod.POST, HttpMethod.DELETE, HttpMethod.HEAD,
        HttpMethod.PATCH};
    for (int i = 0; i < 20_000; i++) {
      Set<String> names = new HashSet<>();
      for (int n = random.nextInt(4); n > 0; n--) {
        names.add(words[random.nextInt(words.length)]);
      }
      HttpMethod method = methods[random.nextInt(methods.length)];
      Level level = Level.values()[random.nextInt(3)];
      try {
        S3Operation routed = router.route(method, level, Query.parse(String.join("&", names)),
            new DefaultHttpHeaders());
        assertEquals(method, routed.method());
        assertEquals(level, routed.level());
        names.removeAll(routed.marks());
        names.removeAll(routed.takes());
        if (routed.toleratesUnknown()) {
          names.removeAll(Set.of("unknown", "usage", "append", "id"));
        }
        assertTrue(names.isEmpty(), () -> "seed " + seed + ": " + routed + " does not know " + names);
      } catch (S3Exception refused) {
        assertTrue(Set.of(400, 405, 501).contains(refused.error().status()), () -> "seed " + seed);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"DELETE,BUCKET,unknown,NotImplemented", "POST,BUCKET,unknown=1,NotImplemented",
      "GET,BUCKET,acl&unknown=1,NotImplemented", "GET,SERVICE,unknown=1,NotImplemented",
      "PUT,OBJECT,v=1,NotImplemented",
      "PUT,OBJECT,append&position=0,NotImplemented", "DELETE,BUCKET,acl,MethodNotAllowed",
      "DELETE,BUCKET,versioning,MethodNotAllowed", "DELETE,OBJECT,acl,MethodNotAllowed",
      "GET,BUCKET,acl&tagging,InvalidArgument", "PUT,OBJECT,acl&tagging,InvalidArgument",
      "PUT,OBJECT,uploadId=u,MethodNotAllowed", "PUT,OBJECT,versionId=v,InvalidArgument",
      "PATCH,OBJECT,'',MethodNotAllowed", "POST,SERVICE,'',MethodNotAllowed", "DELETE,SERVICE,'',MethodNotAllowed"})
  void misfitsAreRefusedByName(String method, Level level, String query, String code) {
    S3Exception refused = assertThrows(S3Exception.class,
        () -> router.route(HttpMethod.valueOf(method), level, Query.parse(query), new DefaultHttpHeaders()));
    assertEquals(code, refused.error().code());
  }

  /// What is there in the other place; S3 answers the first so.
  @ParameterizedTest
  @CsvSource({"GET,OBJECT,versions", "POST,OBJECT,delete", "PUT,OBJECT,location", "PUT,OBJECT,versioning",
      "GET,OBJECT,hayloft-durability", "GET,BUCKET,attributes", "GET,BUCKET,uploadId=u", "HEAD,OBJECT,versions",
      "GET,SERVICE,acl", "GET,SERVICE,uploads", "DELETE,OBJECT,versioning", "GET,OBJECT,acl&versions"})
  void subResourcesOfTheOtherLevelAreInvalidRequests(String method, Level level, String query) {
    S3Exception refused = assertThrows(S3Exception.class,
        () -> someDone.route(HttpMethod.valueOf(method), level, Query.parse(query), new DefaultHttpHeaders()));
    assertInstanceOf(S3Error.InvalidRequest.class, refused.error(), query);
  }

  @ParameterizedTest
  @CsvSource({"GET,OBJECT,policy", "PUT,OBJECT,cors", "DELETE,OBJECT,lifecycle", "GET,BUCKET,retention",
      "POST,BUCKET,restore", "GET,SERVICE,policy"})
  void thoseOfOperationsThatAreNowhereDoneAreNotImplemented(String method, Level level, String query) {
    S3Exception refused = assertThrows(S3Exception.class,
        () -> someDone.route(HttpMethod.valueOf(method), level, Query.parse(query), new DefaultHttpHeaders()));
    assertInstanceOf(S3Error.NotImplemented.class, refused.error(), query);
  }

  @ParameterizedTest
  @CsvSource({"GET,OBJECT,v=1,GET_OBJECT", "GET,OBJECT,_=123,GET_OBJECT", "HEAD,OBJECT,utm_source=x&id=5,HEAD_OBJECT",
      "GET,OBJECT,v=1&v=2,GET_OBJECT", "GET,OBJECT,12345,GET_OBJECT", "GET,OBJECT,?,GET_OBJECT",
      "GET,OBJECT,versionId=a&v=1,GET_OBJECT", "GET,BUCKET,v=1,LIST_OBJECTS",
      "GET,BUCKET,list-type=2&metadata=true,LIST_OBJECTS_V2", "GET,BUCKET,versions&metadata=true,LIST_OBJECT_VERSIONS"})
  void readsPassOverWhatMeansNothingInS3(String method, Level level, String query, S3Operation operation) {
    assertEquals(operation, router.route(HttpMethod.valueOf(method), level, Query.parse(query),
        new DefaultHttpHeaders()));
  }

  /// What S3 would do something else for.
  @ParameterizedTest
  @ValueSource(strings = {"abac", "accelerate", "ACL", "analytics", "annotation", "annotation-prefix", "annotationName",
      "cors", "delete", "encryption", "intelligent-tiering", "inventory", "legal-hold", "lifecycle", "location",
      "logging", "max-annotation-results", "metadataAnnotationTable", "metadataConfiguration",
      "metadataInventoryTable", "metadataJournalTable", "metadataTable", "metrics", "notification", "object-lock",
      "ownershipControls", "policy", "policyStatus", "publicAccessBlock", "renameObject", "replication",
      "requestPayment", "restore", "retention", "select", "select-type", "session", "torrent", "Versions", "website",
      "uploadID", "versionid"})
  void namesThatS3HasAreNotPassedOver(String name) {
    for (Level level : List.of(Level.BUCKET, Level.OBJECT)) {
      for (HttpMethod method : List.of(HttpMethod.GET, HttpMethod.HEAD)) {
        try {
          S3Operation routed = router.route(method, level, Query.parse(name), new DefaultHttpHeaders());
          assertTrue(routed.marks().contains(name), routed + " is not " + name);
        } catch (S3Exception refused) {
          assertTrue(Set.of(400, 405, 501).contains(refused.error().status()), refused.getMessage());
        }
      }
    }
  }

  /// Only what pages and shapes a listing may be added to a request by somebody else.
  @Test
  void whatIsNoSubResourceBelongsToListingsOnly() {
    Set<String> signed = S3Operation.subResources();
    for (S3Operation operation : S3Operation.values()) {
      for (String word : Stream.concat(operation.marks().stream(), operation.takes().stream()).toList()) {
        assertTrue(signed.contains(word) || word.equals(Router.ANYTHING)
            || operation.awsName().startsWith("List") && operation.method().equals(HttpMethod.GET),
            () -> operation + " and " + word);
      }
    }
    assertTrue(signed.containsAll(Set.of("acl", "attributes", "hayloft-durability", "versionId", "partNumber",
        "response-content-type", "uploads", "uploadId", "delete", "legal-hold")), signed.toString());
    assertTrue(Stream.of("prefix", "marker", "max-keys", "delimiter", "list-type", "encoding-type")
        .noneMatch(signed::contains), signed.toString()); // which no client signs
  }

  @Test
  void listTypeOtherThanTwoIsTheFirstListing() {
    assertEquals(S3Operation.LIST_OBJECTS, router.route(HttpMethod.GET, Level.BUCKET, Query.parse("list-type=1"),
        new DefaultHttpHeaders()));
  }

  @Test
  void theTableNamesMoreThanAHundredOperations() {
    long names = Arrays.stream(S3Operation.values()).map(S3Operation::awsName).distinct().count();
    assertTrue(names >= 100, names + " operations");
  }

  @Test
  void parametersOfOtherOperationsAreInvalidArguments() {
    S3Exception refused = assertThrows(S3Exception.class, () -> router.route(HttpMethod.DELETE, Level.BUCKET,
        Query.parse("versionId=1"), new DefaultHttpHeaders()));
    assertInstanceOf(S3Error.InvalidArgument.class, refused.error());
  }

  private static Query queryOf(S3Operation operation) {
    return Query.parse(operation.marks().stream().map(mark -> mark + "=" + valueOf(mark))
        .collect(Collectors.joining("&")));
  }

  private static String valueOf(String mark) {
    return mark.equals("list-type") ? "2" : "1";
  }

  private static HttpHeaders headersOf(S3Operation operation) {
    HttpHeaders headers = new DefaultHttpHeaders();
    if (operation.markHeader() != null) {
      headers.set(operation.markHeader(), "b/k");
    }
    return headers;
  }
}
