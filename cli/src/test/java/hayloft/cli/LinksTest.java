package hayloft.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Do the links of the pages lead somewhere? Those to other places are only looked at for their form.
final class LinksTest {

  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern LINK = Pattern.compile("\\[[^\\]\\[]*]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} +(.+?) *#*$");
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```.*?^```$|^    .*?$");
  private static final Pattern CODE = Pattern.compile("`[^`\n]+`");

  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>(List.of(ROOT.resolve("README.md")));
    try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"));
        Stream<Path> deploy = Files.walk(ROOT.resolve("deploy"))) {
      Stream.concat(docs, deploy).filter(file -> file.toString().endsWith(".md") && !file.toString().contains("target"))
          .forEach(pages::add);
    }
    return pages;
  }

  private static String withoutCode(String text) {
    return CODE.matcher(BLOCK.matcher(text).replaceAll("")).replaceAll("");
  }

  /// As GitHub makes them of headings: small letters, no punctuation, - for blanks; the second of a name ends in -1.
  private static Set<String> anchors(Path page) throws IOException {
    Set<String> anchors = new HashSet<>();
    Map<String, Integer> seen = new HashMap<>();
    Matcher heading = HEADING.matcher(BLOCK.matcher(Files.readString(page, UTF_8)).replaceAll(""));
    while (heading.find()) {
      String name = heading.group(1).replaceAll("\\[([^\\]]*)]\\([^)]*\\)", "$1").toLowerCase(Locale.ROOT)
          .replaceAll("[^\\p{L}\\p{N}\\- _]", "").replace(' ', '-');
      int before = seen.merge(name, 1, Integer::sum) - 1;
      anchors.add(before == 0 ? name : name + "-" + before);
    }
    return anchors;
  }

  @Test
  void everyLinkLeadsSomewhere() throws IOException {
    List<String> dead = new ArrayList<>();
    int links = 0;
    for (Path page : pages()) {
      Matcher link = LINK.matcher(withoutCode(Files.readString(page, UTF_8)));
      while (link.find()) {
        links++;
        String why = fault(page, link.group(1));
        if (!why.isEmpty()) {
          dead.add(ROOT.relativize(page) + ": " + link.group(1) + ": " + why);
        }
      }
    }
    int count = links;
    assertTrue(count > 100, () -> "only " + count);
    assertEquals(List.of(), dead);
  }

  private static String fault(Path page, String target) throws IOException {
    URI uri;
    try {
      uri = new URI(target);
    } catch (URISyntaxException e) {
      return "is no address";
    }
    if (uri.getScheme() != null) {
      return uri.getScheme().equals("https") && uri.getHost() != null ? "" : "is no https address";
    }
    Path file = uri.getPath().isEmpty() ? page : page.resolveSibling(uri.getPath()).normalize();
    if (!Files.exists(file)) {
      return "there is no such file";
    }
    String fragment = uri.getFragment();
    return fragment == null || !file.toString().endsWith(".md") || anchors(file).contains(fragment)
        ? ""
        : "there is no such heading";
  }

  @Test
  void headingsAreNamedAsTheyAreOnThePage() throws IOException {
    Path page = Files.createTempFile("page", ".md");
    try {
      Files.writeString(page, "# What `a.b` says, and when?\n\n## Two\n\n```\n# none\n```\n\n## Two\n");
      assertEquals(Set.of("what-ab-says-and-when", "two", "two-1"), anchors(page));
      assertEquals("there is no such heading", fault(page, "#three"));
      assertEquals("there is no such file", fault(page, "nothing.md"));
      assertEquals("", fault(page, "#two-1"));
    } finally {
      Files.delete(page);
    }
  }
}
