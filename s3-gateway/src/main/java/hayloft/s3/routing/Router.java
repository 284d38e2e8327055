package hayloft.s3.routing;

import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.Addressing.Level;
import hayloft.s3.request.Query;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Decides which operation a request is. Immutable.
public final class Router {

  /// Among the parameters that an operation takes: whatever else there is.
  static final String ANYTHING = "*";

  /// Parameters of a presigned URL of version 2, which come with any operation. Without the signature `Expires` would
  /// be an object's.
  private static final Set<String> SIGNATURE = Set.of("AWSAccessKeyId", "Signature", "Expires");

  private static final Set<String> MEANINGS = S3Operation.meanings();

  private final Map<Level, Map<HttpMethod, List<S3Operation>>> table = new EnumMap<>(Level.class);
  private final Map<Level, Set<String>> allMarks = new EnumMap<>(Level.class);
  private final Set<String> marksDone = new HashSet<>();

  /// @param done operations that the gateway has
  public Router(Set<S3Operation> done) {
    done.forEach(operation -> marksDone.addAll(operation.marks()));
    for (Level level : Level.values()) {
      table.put(level, new HashMap<>());
      allMarks.put(level, new HashSet<>());
    }
    for (S3Operation operation : S3Operation.values()) {
      of(table, operation.level()).computeIfAbsent(operation.method(), _ -> new ArrayList<>()).add(operation);
      of(allMarks, operation.level()).addAll(operation.marks());
    }
  }

  /// @throws S3Exception MethodNotAllowed if the level, or the sub-resource, has no such method; NotImplemented if a
  ///     parameter is unknown and the operation does not pass over it; InvalidRequest if it belongs to buckets and the
  ///     request is about an object, or the other way round; InvalidArgument if parameters contradict each
  ///     other, or one of them itself
  public S3Operation route(HttpMethod method, Level level, Query query, HttpHeaders headers) {
    List<S3Operation> candidates = of(table, level).getOrDefault(method, List.of());
    Set<String> names = meaningful(query);
    S3Operation best = best(candidates, names, query, headers);
    if (!names.isEmpty() && best != null && best.toleratesUnknown()) {
      S3Operation read = best;
      names.removeIf(name -> !read.marks().contains(name) && !MEANINGS.contains(name.toLowerCase(Locale.ROOT)));
    }
    for (String name : names) {
      if (best == null || !best.marks().contains(name) && !best.takes().contains(name)
          && !best.takes().contains(ANYTHING)) {
        throw new S3Exception(misfit(best, name, method, level, names, query));
      }
    }
    if (best == null) {
      throw new S3Exception(new S3Error.MethodNotAllowed(method.name(), level.name(), Optional.empty()));
    }
    requireOnce(names, query);
    return best;
  }

  /// Parameters are signed in the order of their values: with two of a name whoever has a presigned URL could choose
  /// which one counts.
  private static void requireOnce(Set<String> names, Query query) {
    for (String name : names) {
      if (query.isAmbiguous(name)) {
        throw new S3Exception(new S3Error.InvalidArgument(
            "The parameter " + name + " is there several times, and not the same.", name, query.text(name)));
      }
    }
  }

  /// Whether a request means an operation that S3's endpoint without a region has.
  public boolean isGlobal(HttpMethod method, Level level, Query query, HttpHeaders headers) {
    S3Operation best = best(of(table, level).getOrDefault(method, List.of()), meaningful(query), query, headers);
    return best != null && best.isGlobal();
  }

  private static @Nullable S3Operation best(List<S3Operation> candidates, Set<String> names, Query query,
      HttpHeaders headers) {
    S3Operation best = null;
    int bestWeight = -1;
    for (S3Operation candidate : candidates) {
      String header = candidate.markHeader();
      if (header != null && !headers.contains(header) || !names.containsAll(candidate.marks())) {
        continue;
      }
      if (candidate == S3Operation.LIST_OBJECTS_V2 && !query.text("list-type").equals("2")) {
        continue;
      }
      int weight = candidate.marks().size() * 2 + (header == null ? 0 : 1);
      if (weight > bestWeight) {
        best = candidate;
        bestWeight = weight;
      }
    }
    return best;
  }

  /// Why a parameter does not fit the operation that came nearest.
  private S3Error misfit(@Nullable S3Operation nearest, String name, HttpMethod method, Level level, Set<String> names,
      Query query) {
    Set<String> marks = of(allMarks, level);
    if (!marks.contains(name)) {
      boolean known = false;
      for (S3Operation operation : S3Operation.values()) {
        known |= operation.takes().contains(name);
      }
      if (known) {
        return new S3Error.InvalidArgument("This operation does not take the parameter " + name + ".", name,
            query.text(name));
      }
      return marksDone.contains(name)
          ? new S3Error.InvalidRequest("There is no sub-resource " + name + " of " + switch (level) {
            case SERVICE -> "the service.";
            case BUCKET -> "a bucket.";
            case OBJECT -> "an object.";
          })
          : S3Error.NotImplemented.parameter(name);
    }
    List<String> present = new ArrayList<>(names);
    present.retainAll(marks);
    if (present.size() > 1 && nearest != null && !nearest.marks().isEmpty()) {
      Collections.sort(present);
      return new S3Error.InvalidArgument("Conflicting query string parameters: " + String.join(", ", present), name,
          query.text(name));
    }
    if (name.equals("partNumber")) {
      return new S3Error.InvalidArgument("This operation does not accept partNumber without uploadId", name,
          query.text(name));
    }
    return new S3Error.MethodNotAllowed(method.name(), name.toUpperCase(Locale.ROOT), Optional.empty());
  }

  /// All parameters but those that go with any request: signatures, and names that begin with `x-`, which S3 leaves to
  /// clients; those that are headers have been put back.
  private static Set<String> meaningful(Query query) {
    if (query.isEmpty()) {
      return Set.of();
    }
    boolean version2 = query.has("Signature");
    Set<String> names = new HashSet<>();
    for (String name : query.names()) {
      if (!name.regionMatches(true, 0, "x-", 0, 2) && !(version2 && SIGNATURE.contains(name))) {
        names.add(name);
      }
    }
    return names;
  }

  private static <V> V of(Map<Level, V> map, Level level) {
    V value = map.get(level);
    if (value == null) {
      throw new IllegalStateException("no routes for " + level);
    }
    return value;
  }
}
