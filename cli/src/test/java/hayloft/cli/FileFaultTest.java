package hayloft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileFaultTest {

  @TempDir
  private Path temp = Path.of("");

  private String said(int code, String... arguments) {
    var err = new StringWriter();
    assertEquals(code, Hayloft.commandLine(Map.of(), Path.of("/nowhere")).setErr(new PrintWriter(err, true))
        .execute(arguments), err::toString);
    return err.toString().lines().findFirst().orElse("");
  }

  @Test
  void aFileThatCannotBeMadeIsToldInASentence() {
    String here = temp.toString();
    Path none = temp.resolve("none");
    String madeNowhere = "hayloft: there is no directory " + none
        + ", so nothing can be read or made there. Make it, or name another";
    assertEquals(madeNowhere, said(1, "doctor", "bundle", "--dir", here, "--to", none.resolve("x.tar.gz").toString()));
    assertEquals("hayloft: --logs must be a file that this user may read, got " + none
        + " (there is none that this user can see)",
        said(2, "doctor", "bundle", "--dir", here, "--to", temp.resolve("x").toString(), "--logs", none.toString()));
  }

  @Test
  void authoritiesThatAreNotThereAreToldInASentence() {
    Path none = temp.resolve("none.pem");
    var err = new StringWriter();
    assertEquals(2, Hayloft.commandLine(Map.of("AWS_CA_BUNDLE", none.toString(), "HAYLOFT_ROOT_USER", "me",
        "HAYLOFT_ROOT_PASSWORD", "a-long-secret"), Path.of("/nowhere")).setErr(new PrintWriter(err, true))
        .execute("audit", "--log", temp.resolve("log").toString(), "--endpoint", "https://127.0.0.1:1"));
    assertEquals("hayloft: the certificates in " + none + " cannot be read: there is no " + none
        + ". Name one that is there", err.toString().strip());
  }

  @Test
  void faultsSayWhatWhereAndWhatToDo() throws IOException {
    Path file = Files.createFile(temp.resolve("file"));
    assertEquals("there is no " + temp.resolve("a") + ". Name one that is there",
        FileFault.text(new NoSuchFileException(temp.resolve("a").toString())));
    for (IOException fault : List.of(new AccessDeniedException(file.toString()),
        new FileAlreadyExistsException(file.toString()), new NotDirectoryException(file.toString()),
        new DirectoryNotEmptyException(file.toString()))) {
      String text = FileFault.text(fault);
      assertTrue(text.contains(file.toString()) && text.contains(". "), text);
    }
    String full = FileFault.text(new FileSystemException(file.toString(), null, "No space left on device"));
    assertTrue(full.startsWith(file + ": No space left on device. ") && full.contains("make room"), full);
    assertEquals("as it says", FileFault.text(new IOException("as it says")));
  }
}
