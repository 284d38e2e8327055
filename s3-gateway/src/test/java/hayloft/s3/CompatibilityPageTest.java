package hayloft.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hayloft.s3.routing.S3Operation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class CompatibilityPageTest {

  @Test
  void thePageSaysWhatTheGatewayDoes() throws IOException {
    List<String> rows = Files.readAllLines(Path.of("../docs/s3-compatibility.md")).stream()
        .filter(line -> line.matches("\\| \\w+ \\| .* \\| (stands|501) \\|.*")).toList();
    Map<String, String> said = new TreeMap<>();
    for (String row : rows) {
      String[] cells = row.split("\\|");
      said.put(cells[1].strip(), cells[3].strip());
    }
    S3Gateway gateway = new TestStore().gateway;
    Map<String, String> done = Arrays.stream(S3Operation.values())
        .collect(Collectors.toMap(S3Operation::awsName, one -> gateway.operations().contains(one) ? "stands" : "501",
            (first, _) -> first, TreeMap::new));
    assertEquals(done, said);
  }
}
