package hayloft.cli.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.common.directory.NotJson;
import hayloft.common.http.BodyTimeoutException;
import hayloft.common.http.ClientGoneException;
import hayloft.common.http.ExchangeWatcher;
import hayloft.common.http.HttpExchange;
import hayloft.common.http.HttpHandler;
import hayloft.common.http.JsonAnswer;
import hayloft.common.http.MalformedBodyException;
import hayloft.common.http.PortRoutes;
import hayloft.common.http.RequestBody;
import hayloft.common.log.EventLog;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Answers the admin port. Thread-safe.
///
/// | request | answer |
/// |---|---|
/// | `POST /v1/COMMAND` with `{"session", "arguments"}` | 200 and the command's answer, or 202 and `{"job"}` |
/// | `GET /v1/jobs/ID?after=LINE&wait=MILLIS` | how far a job is, its lines, and when it is done its `result` |
/// | `DELETE /v1/jobs/ID` | cancels it |
/// | `GET /v1/watches/ID?wait=MILLIS` | what a watch has to show since it was asked last |
/// | `DELETE /v1/watches/ID` | ends it |
///
/// Errors are `{"error": {"code", "message"}, "requestId"}`: 400 a wrong argument, 401 not signed, 403 not an
/// administrator, 404 no such command or thing, 409 held by another or not as it would have to be, 503 not now.
public final class AdminPort implements HttpHandler, AutoCloseable {

  private static final EventLog LOG = EventLog.of(AdminPort.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MOST_BODY_BYTES = 1 << 20;
  private static final int MOST_SESSION_LETTERS = 80;
  private static final long MOST_WAIT_MILLIS = 5_000;
  private static final String PATH = "/v1/";
  private static final String JOBS = "/v1/jobs/";
  private static final String WATCHES = "/v1/watches/";

  private final AdminGate gate;
  private final AdminLog log;
  private final AdminLock lock;
  private final Jobs jobs;
  private final Watches watches;
  private final Map<String, AdminCommand> commands;
  private final Map<String, ExchangeWatcher> commandRoutes;
  private final ExchangeWatcher jobRoute;
  private final ExchangeWatcher cancelRoute;
  private final ExchangeWatcher watchRoute;

  /// @param routes requests are counted there
  AdminPort(AdminGate gate, AdminLog log, AdminLock lock, Jobs jobs, Watches watches,
      Map<String, AdminCommand> commands,
      PortRoutes routes) {
    this.gate = gate;
    this.log = log;
    this.lock = lock;
    this.jobs = jobs;
    this.watches = watches;
    this.commands = Map.copyOf(commands);
    this.commandRoutes = commands.keySet().stream()
        .collect(Collectors.toUnmodifiableMap(Function.identity(), routes::route));
    this.jobRoute = routes.route("job");
    this.cancelRoute = routes.route("job.cancel");
    this.watchRoute = routes.route("watch");
  }

  @Override
  public void handle(HttpExchange exchange) {
    ExchangeWatcher route = route(exchange);
    if (route != null) {
      exchange.watch(route);
    }
    AdminGate.Admission admission = gate.admit(exchange);
    exchange.fork(() -> answer(exchange, admission, newId()));
  }

  /// Of who is refused, too: that is when it matters what was tried.
  private @Nullable ExchangeWatcher route(HttpExchange exchange) {
    String path = new QueryStringDecoder(exchange.target()).path();
    if (path.startsWith(JOBS)) {
      return exchange.method().equals(HttpMethod.DELETE) ? cancelRoute : jobRoute;
    }
    if (path.startsWith(WATCHES)) {
      return watchRoute;
    }
    return path.startsWith(PATH) ? commandRoutes.get(path.substring(PATH.length())) : null;
  }

  private void answer(HttpExchange exchange, AdminGate.Admission admission, String requestId) throws IOException {
    try {
      switch (admission) {
        case AdminGate.Admission.Denied(int status, String code, String message, String who) -> {
          log.denied(requestId, who, exchange.remoteAddress().getAddress().getHostAddress(),
              exchange.method() + " " + new QueryStringDecoder(exchange.target()).path(), code);
          throw new AdminRefusal(status, code, message);
        }
        case AdminGate.Admission.Admitted(String userId, String sha256) -> serve(exchange, userId, sha256, requestId);
      }
    } catch (AdminRefusal e) {
      refuse(exchange, requestId, e);
    } catch (ClientGoneException e) {
      throw e;
    } catch (UncheckedIOException e) {
      failed(exchange, requestId, Objects.requireNonNull(e.getCause()));
    } catch (IOException e) {
      failed(exchange, requestId, e);
    } catch (RuntimeException bug) {
      LOG.error("admin.requestFailed").with("target", exchange.target()).with("requestId", requestId).say(bug);
      refuse(exchange, requestId,
          new AdminRefusal(500, "Failed", "a fault of the server's own; its log has more under request " + requestId));
    }
  }

  private static void refuse(HttpExchange exchange, String requestId, AdminRefusal refusal) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.putObject("error").put("code", refusal.code()).put("message", refusal.text());
    send(exchange, refusal.status(), requestId, json.put("requestId", requestId));
  }

  private static void send(HttpExchange exchange, int status, String requestId, JsonNode json) {
    var headers = new DefaultHttpHeaders();
    headers.set("x-hayloft-request-id", requestId);
    JsonAnswer.send(exchange, status, headers, json);
  }

  private void serve(HttpExchange exchange, String userId, String sha256, String requestId) throws IOException {
    byte[] body = body(exchange.body());
    if (!MessageDigest.isEqual(sha256.getBytes(UTF_8), sha256Of(body).getBytes(UTF_8))) {
      throw new AdminRefusal(403, "BodyNotSigned", "the body is not the one that was signed");
    }
    var target = new QueryStringDecoder(exchange.target());
    if (target.path().startsWith(JOBS)) {
      send(exchange, 200, requestId, job(exchange.method(), target, userId, requestId));
      return;
    }
    if (target.path().startsWith(WATCHES)) {
      send(exchange, 200, requestId, watch(exchange.method(), target, userId));
      return;
    }
    AdminCommand command = target.path().startsWith(PATH) ? commands.get(target.path().substring(PATH.length())) : null;
    if (command == null) {
      throw AdminRefusal.absent("no such command: " + target.path());
    }
    if (!exchange.method().equals(HttpMethod.POST)) {
      throw new AdminRefusal(405, "MethodNotAllowed", "commands are sent with POST");
    }
    run(exchange, command, call(body, userId, requestId));
  }

  private static AdminCall call(byte[] body, String userId, String requestId) throws IOException {
    try {
      JsonNode json = JSON.readTree(body);
      String session = json.path("session").asText("");
      if (session.length() > MOST_SESSION_LETTERS || session.chars().anyMatch(c -> c < ' ')) {
        throw AdminRefusal.wrong("a session's name has at most " + MOST_SESSION_LETTERS + " letters");
      }
      JsonNode arguments = json.path("arguments");
      return new AdminCall(new Caller(userId, session),
          new Arguments(arguments.isMissingNode() ? JsonNodeFactory.instance.objectNode() : arguments), requestId);
    } catch (JsonProcessingException e) {
      throw AdminRefusal.wrong("the body " + NotJson.text(e));
    }
  }

  private void failed(HttpExchange exchange, String requestId, IOException why) throws IOException {
    LOG.warning("admin.requestFailed").with("target", exchange.target()).with("requestId", requestId).say(why);
    refuse(exchange, requestId, AdminRefusal.of(why));
  }

  /// Commands that change something are written down before they begin, or they do not.
  private void run(HttpExchange exchange, AdminCommand command, AdminCall call) throws IOException {
    boolean apply = command.effect() == AdminCommand.Effect.CHANGES_IF_APPLIED && call.arguments().flag("apply");
    boolean changes = command.mayChange(apply);
    AdminLock.Hold hold = changes ? lock.during(call.caller(), command.name()) : () -> {};
    boolean handedOn = false;
    try {
      switch (command.work()) {
        case AdminCommand.Work.Now work -> {
          if (changes) {
            begun(command, call);
          }
          JsonNode answer = work.answer(call);
          note(command, call, outcome(command, apply));
          send(exchange, 200, call.requestId(), answer);
        }
        case AdminCommand.Work.Later work -> {
          Jobs.Work prepared = work.prepare(call);
          begun(command, call);
          Job job = jobs.start(command.name(), call.caller(), prepared, (state, why) -> {
            hold.close();
            note(command, call, state == Job.State.DONE
                ? outcome(command, apply)
                : state.name().toLowerCase(Locale.ROOT) + (why.isEmpty() ? "" : ": " + why));
          });
          handedOn = true;
          send(exchange, 202, call.requestId(), JsonNodeFactory.instance.objectNode().put("job", job.id()));
        }
      }
    } catch (AdminRefusal e) {
      note(command, call, "refused: " + e.text());
      throw e;
    } catch (IOException | RuntimeException | Error e) {
      note(command, call, "failed: " + e.getMessage());
      throw e;
    } finally {
      if (!handedOn) {
        hold.close();
      }
    }
  }

  private static String outcome(AdminCommand command, boolean apply) {
    return command.effect() == AdminCommand.Effect.CHANGES_IF_APPLIED && !apply ? "planned" : "done";
  }

  private void begun(AdminCommand command, AdminCall call) {
    try {
      log.write(entry(command, call, "begun"));
    } catch (IOException e) {
      LOG.error("admin.auditFailed").with("action", command.name()).say(e);
      throw new AdminRefusal(503, "NoAuditLog",
          "nothing is done that cannot be written down: " + log.file() + ": " + e.getMessage());
    }
  }

  private void note(AdminCommand command, AdminCall call, String outcome) {
    if (command.effect() != AdminCommand.Effect.LOCKS || !outcome.equals("done") || !call.arguments().flag("renew")) {
      log.writeIfPossible(entry(command, call, outcome));
    }
  }

  private static AdminLog.Entry entry(AdminCommand command, AdminCall call, String outcome) {
    return new AdminLog.Entry(call.requestId(), call.caller(), command.name(), call.arguments().masked(), outcome);
  }

  private JsonNode job(HttpMethod method, QueryStringDecoder target, String userId, String requestId)
      throws IOException {
    String id = target.path().substring(JOBS.length());
    Job job = jobs.find(id).orElseThrow(() -> AdminRefusal.absent("there is no job " + id + " (any more)"));
    if (method.equals(HttpMethod.GET)) {
      return job.report(number(target, "after"), Math.min(MOST_WAIT_MILLIS, number(target, "wait")));
    }
    if (!method.equals(HttpMethod.DELETE)) {
      throw new AdminRefusal(405, "MethodNotAllowed", "a job is asked about with GET and cancelled with DELETE");
    }
    log.writeIfPossible(new AdminLog.Entry(requestId, new Caller(userId, ""), "job.cancel",
        JsonNodeFactory.instance.objectNode().put("job", id), "done"));
    job.cancel();
    return job.summary();
  }

  /// To look on is not written down: that it began is.
  private JsonNode watch(HttpMethod method, QueryStringDecoder target, String userId) throws IOException {
    String name = target.path().substring(WATCHES.length());
    if (method.equals(HttpMethod.GET)) {
      return watches.fetch(name, userId, Math.min(MOST_WAIT_MILLIS, number(target, "wait")));
    }
    if (!method.equals(HttpMethod.DELETE)) {
      throw new AdminRefusal(405, "MethodNotAllowed", "a watch is asked with GET and ended with DELETE");
    }
    watches.end(name, userId);
    return JsonNodeFactory.instance.objectNode().put("watch", name);
  }

  private static long number(QueryStringDecoder target, String name) {
    List<String> values = target.parameters().getOrDefault(name, List.of("0"));
    try {
      return Math.max(0, Long.parseLong(values.getFirst()));
    } catch (NumberFormatException _) {
      throw AdminRefusal.wrong(name + " must be a number, got " + values.getFirst());
    }
  }

  private static byte[] body(RequestBody body) throws IOException {
    try {
      return read(body);
    } catch (MalformedBodyException e) {
      throw new AdminRefusal(400, "MalformedRequest", "the framing of the request's body: " + e.getMessage());
    } catch (BodyTimeoutException _) {
      throw new AdminRefusal(408, "RequestTimeout", "the request's body did not come in time");
    }
  }

  private static byte[] read(RequestBody body) throws IOException {
    ByteBuf whole = body.whole();
    var bytes = new ByteArrayOutputStream();
    for (ByteBuf piece = whole == null ? body.next() : whole; piece != null; piece = body.next()) {
      try {
        if (bytes.size() + piece.readableBytes() > MOST_BODY_BYTES) {
          throw new AdminRefusal(413, "TooLarge", "a request has at most " + MOST_BODY_BYTES + " bytes");
        }
        piece.readBytes(bytes, piece.readableBytes());
      } finally {
        piece.release();
      }
    }
    return bytes.toByteArray();
  }

  private static String sha256Of(byte[] body) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String newId() {
    return HexFormat.of().withUpperCase().toHexDigits(ThreadLocalRandom.current().nextLong());
  }

  /// Ends watches, cancels jobs and waits for them; to be called before the rooms close.
  @Override
  public void close() {
    watches.close();
    jobs.close();
  }
}
