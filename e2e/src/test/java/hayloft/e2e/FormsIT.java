package hayloft.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Forms as programs make them, at both doors that take some: S3's POST of an object, and the volume port. Each escapes
/// what a quoted string cannot hold in a way of its own. What is not installed is skipped by name.
@Timeout(180)
class FormsIT {

  private static final String NAME = "a \"b\"; \u00fc%.txt";
  private static final String ENCODED_NAME = "a%20%22b%22%3B%20%C3%BC%25.txt";
  private static final byte[] CONTENT = "\r\n--\r\n\r\n--b--\r\n\0\r".getBytes(UTF_8);

  @TempDir
  Path temp;

  private final HttpClient http = HttpClient.newHttpClient();

  @Test
  void curl() throws Exception {
    assumeTrue(succeeds("curl", "--version"), "curl is not on the PATH");
    String script = """
        set -e
        file=file=@\\"$(sed 's/"/\\\\"/g' <<<"$4")\\"
        curl -sS -f -F "key=$2" -F "$file" "$1"
        curl -sS -f -F "key=$2" -F "$file" "$3"
        curl -sS -f --form-escape -F "key=$2" -F "$file" "$1"
        """;
    upload("curl", List.of("bash", "-c", script, "curl"));
  }

  @Test
  void pythonRequests() throws Exception {
    assumeTrue(succeeds("python3", "-c", "import requests"), "python3 with requests is not on the PATH");
    upload("requests", List.of("python3", "-c", """
        import requests, sys
        for url in sys.argv[1], sys.argv[3]:
            with open(sys.argv[4], "rb") as file:
                requests.post(url, data={"key": sys.argv[2]}, files={"file": file}).raise_for_status()
        """));
  }

  @Test
  void node() throws Exception {
    assumeTrue(succeeds("node", "-e", "new FormData()"), "node with FormData is not on the PATH");
    upload("node", List.of("node", "-e", """
        const [bucket, key, blob, path] = process.argv.slice(1);
        (async () => {
          const form = new FormData();
          form.append("key", key);
          form.append("file", new Blob([require("fs").readFileSync(path)]), require("path").basename(path));
          const answer = await fetch(bucket, { method: "POST", body: form });
          if (!answer.ok) throw new Error(answer.status + await answer.text());
          const written = new Response(form); // fetch says what browsers say, and their forms are refused there
          const headers = { "content-type": written.headers.get("content-type") };
          require("http").request(blob, { method: "POST", headers }, (posted) => {
            posted.resume();
            process.exitCode = posted.statusCode === 201 ? 0 : 1;
          }).end(Buffer.from(await written.arrayBuffer()));
        })();
        """));
  }

  @Test
  void go() throws Exception {
    assumeTrue(succeeds("go", "version"), "go is not on the PATH");
    upload("go", List.of("go", "run",
        Path.of(System.getProperty("hayloft.home"), "e2e", "src", "test", "scripts", "form.go").toString()));
  }

  private static boolean succeeds(String... command) throws InterruptedException {
    try {
      return new ProcessBuilder(command).redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
    } catch (IOException _) { // it is not installed
      return false;
    }
  }

  private ServerProcess start() throws Exception {
    ServerProcess server = ServerProcess.start(temp.resolve("data"), "--open-file-ids");
    assertEquals(200, server.client().put("/barn", new byte[0], "x-amz-acl", "public-read-write").statusCode());
    return server;
  }

  private URI newBlob(ServerProcess server) throws IOException, InterruptedException {
    byte[] answer = get(server.masterPort().resolve("/dir/assign")).body();
    return server.volumePort().resolve("/" + new ObjectMapper().readTree(answer).path("fid").asText());
  }

  private HttpResponse<byte[]> get(URI url) throws IOException, InterruptedException {
    return http.send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofByteArray());
  }

  /// @param client what a command begins with that takes the bucket's URL, a key, the blob's URL and a path
  private void upload(String name, List<String> client) throws Exception {
    Path file = Files.write(temp.resolve(NAME), CONTENT);
    Path said = temp.resolve("said");
    try (ServerProcess server = start()) {
      URI blob = newBlob(server);
      List<String> command = new ArrayList<>(client);
      command.addAll(List.of(server.endpoint() + "/barn", name + "/${filename}", blob.toString(), file.toString()));
      Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
      boolean ended = process.waitFor(120, TimeUnit.SECONDS);
      process.destroyForcibly();
      assertEquals(0, ended ? process.exitValue() : -1, Files.readString(said));
      HttpResponse<byte[]> object = server.client().get("/barn/" + name + "/" + NAME);
      String names = new String(server.client().get("/barn").body(), UTF_8);
      assertEquals(200, object.statusCode(), names);
      assertArrayEquals(CONTENT, object.body());
      assertEquals(2, names.split("<Key>", -1).length, names);
      HttpResponse<byte[]> stored = get(blob);
      assertArrayEquals(CONTENT, stored.body());
      String disposition = stored.headers().firstValue("content-disposition").orElse("");
      assertTrue(disposition.endsWith("filename*=UTF-8''" + ENCODED_NAME), disposition);
    }
  }

  /// The quoted name ended the volume port's reader with StackOverflowError.
  @Test
  void hostileFormsAreRefusedAndNothingIsLogged() throws Exception {
    String quoted = "\"" + "\\\\x".repeat(2500) + "\"";
    try (ServerProcess server = start()) {
      for (String head : List.of("Content-Disposition: form-data; name=file; filename=" + quoted + quoted,
          "Content-Disposition: form-data; name=file; filename=\"" + "x".repeat(100), "x: y",
          "Content-Disposition: form-data; name=file;\r\n filename=x", "x:y\r\n".repeat(40) + "a:b")) {
        String form = "--e\r\nContent-Disposition: form-data; name=key\r\n\r\nk\r\n--e\r\n" + head
            + "\r\n\r\nhay\r\n--e--\r\n";
        for (URI url : List.of(URI.create(server.endpoint() + "/barn"), newBlob(server))) {
          HttpResponse<String> answer = http.send(
              HttpRequest.newBuilder(url).header("content-type", "multipart/form-data; boundary=e")
                  .POST(BodyPublishers.ofString(form)).build(),
              BodyHandlers.ofString());
          assertEquals(400, answer.statusCode(), head.length() + " bytes, " + answer.body());
          String said = answer.body();
          assertTrue(said.contains("<Code>MalformedPOSTRequest</Code>") || said.contains("not a form: "), said);
        }
      }
      assertTrue(!server.log().contains("StackOverflowError"), server.log());
    }
  }
}
