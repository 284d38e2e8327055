package hayloft.s3;

import hayloft.s3.ModelTable.Member;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A request as the tables write it. Immutable.
///
/// Values may hold `\s` for a blank at either end, `\t`, `\r`, `\n`, `\xHH` for a byte, `{NUMBER*TEXT}` for a text many
/// times, and the names that a [Barn] knows in braces. `{absent}` takes a value away; `A && B` gives it twice.
///
/// @param headers names and values in turn
record Sample(String method, String target, String body, List<String> headers) {

  static final String ABSENT = "{absent}";

  /// @param cells operation, method, target, body, headers
  static Sample of(String[] cells) {
    List<String> headers = new ArrayList<>();
    for (int i = 4; i < cells.length; i++) {
      int colon = cells[i].indexOf(':');
      headers.add(cells[i].substring(0, colon));
      headers.add(cells[i].substring(colon + 1).strip());
    }
    return new Sample(cells[1], cells[2], cells.length > 3 ? cells[3] : "", headers);
  }

  /// The same with another value of a member.
  Sample with(Member member, String value) {
    String name = member.name().endsWith("*") ? member.name().replace("*", "note") : member.name();
    String[] values = value.equals(ABSENT) ? new String[0] : value.split(" && ", -1);
    return switch (member.place()) {
      case "query" -> withQuery(name, values);
      case "header" -> withHeader(name, values);
      case "uri" -> new Sample(method, withPath(name, value), body, headers);
      case "body" -> new Sample(method, target, name.equals("(bytes)") ? value : withElement(name, values), headers);
      case "document" -> new Sample(method, target, document(value), headers);
      default -> throw new IllegalArgumentException(member.place());
    };
  }

  private Sample withQuery(String name, String[] values) {
    int question = target.indexOf('?');
    List<String> parameters = new ArrayList<>();
    if (question >= 0) {
      for (String one : target.substring(question + 1).split("&")) {
        if (!one.equals(name) && !one.startsWith(name + "=")) {
          parameters.add(one);
        }
      }
    }
    for (String value : values) {
      parameters.add(name + "=" + value);
    }
    String path = question < 0 ? target : target.substring(0, question);
    return new Sample(method, parameters.isEmpty() ? path : path + "?" + String.join("&", parameters), body, headers);
  }

  private Sample withHeader(String name, String[] values) {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < headers.size(); i += 2) {
      if (!headers.get(i).equals(name)) {
        all.addAll(headers.subList(i, i + 2));
      }
    }
    for (String value : values) {
      all.addAll(List.of(name, value));
    }
    return new Sample(method, target, body, all);
  }

  private String withPath(String name, String value) {
    int question = target.indexOf('?');
    String path = question < 0 ? target : target.substring(0, question);
    int slash = path.indexOf('/', 1);
    String bucket = slash < 0 ? path.substring(1) : path.substring(1, slash);
    String changed = name.equals("Bucket")
        ? "/" + value + (slash < 0 ? "" : path.substring(slash))
        : "/" + bucket + "/" + value;
    return question < 0 ? changed : changed + target.substring(question);
  }

  /// The document with another content of the first element of that path; what of it is missing is put first into its
  /// parent.
  private String withElement(String path, String[] values) {
    String element = path.substring(path.lastIndexOf('/') + 1);
    if (element.equals("xsi:type")) {
      String attributes = Stream.of(values).map(value -> " xsi:type=\"" + value + "\"").collect(Collectors.joining());
      return body.replaceFirst(" xsi:type=\"[^\"]*\"", Matcher.quoteReplacement(attributes));
    }
    StringBuilder all = new StringBuilder();
    for (String value : values) {
      all.append('<').append(element).append('>').append(value).append("</").append(element).append('>');
    }
    int parentEnd = 0;
    String[] names = path.split("/");
    for (int i = 0; i < names.length; i++) {
      String parent = names[i];
      int start = openTag(parent, parentEnd);
      if (start < 0) {
        return body.substring(0, parentEnd) + within(names, i, all.toString())
            + body.substring(parentEnd);
      }
      if (i == names.length - 1) {
        int end = body.indexOf("</" + element + ">", start) + element.length() + 3;
        return body.substring(0, start) + all + body.substring(end);
      }
      parentEnd = body.indexOf('>', start) + 1;
    }
    throw new IllegalArgumentException(path);
  }

  /// @param names of a path, the last of which is written already
  /// @param from the first that is missing
  private static String within(String[] names, int from, String written) {
    String text = written;
    for (int i = names.length - 2; i >= from; i--) {
      text = "<" + names[i] + ">" + text + "</" + names[i] + ">";
    }
    return text;
  }

  private int openTag(String name, int from) {
    int plain = body.indexOf("<" + name + ">", from);
    int withAttributes = body.indexOf("<" + name + " ", from);
    return plain < 0 || withAttributes >= 0 && withAttributes < plain ? withAttributes : plain;
  }

  private String document(String change) {
    int root = body.indexOf('>');
    UnaryOperator<String> inRoot = text -> body.substring(0, root + 1) + text + body.substring(root + 1);
    String rootName = body.substring(1, root);
    return switch (change) {
      case "as it is" -> body;
      case "none" -> "";
      case "blank" -> " \n";
      case "declaration" -> "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + body + "\n";
      case "byte order mark" -> "\\xef\\xbb\\xbf" + body;
      case "byte order mark and declaration" ->
        "\\xef\\xbb\\xbf<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>" + body;
      case "lower-case encoding" -> "<?xml version='1.0' encoding='utf-8'?>" + body;
      case "S3's namespace" ->
        "<" + rootName + " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"" + body.substring(root);
      case "S3's namespace, prefixed" -> "<s:" + rootName + " xmlns:s=\"http://s3.amazonaws.com/doc/2006-03-01/\""
          + body.substring(root).replaceAll("<(/?)(\\w+)(?=[> ])", "<$1s:$2");
      case "another namespace" -> "<" + rootName + " xmlns=\"urn:hay\"" + body.substring(root);
      case "comments" -> "<!-- a -->" + inRoot.apply("<!-- <b/> -->") + "<!-- c -->";
      case "instructions" -> "<?a b?>" + inRoot.apply("<?c?>");
      case "white space" -> body.replaceAll("><(?!/)", ">\n\t<").replaceAll("(</\\w+>)(?=</)", "$1\n ");
      case "unknown element" -> inRoot.apply("<Hay><Straw>1</Straw></Hay>");
      case "unknown attribute" -> "<" + rootName + " hay=\"1\"" + body.substring(root);
      case "sections" -> body.replaceAll(">([^<>]+)<", "><![CDATA[$1]]><");
      case "references" -> body.replaceAll(">([^<>{}])([^<>{}]*)<", ">&#x0;$2<");
      case "other root" -> "<Hay>" + body + "</Hay>";
      case "root in lower case" -> body.replace(rootName, rootName.toLowerCase(Locale.ROOT));
      case "document type" -> "<!DOCTYPE " + rootName + " [<!ENTITY a \"b\">]>" + body;
      case "end missing" -> body.substring(0, body.length() - 3);
      case "more behind" -> body + "<Hay/>";
      case "text" -> "hay";
      case "no UTF-8" -> inRoot.apply("<Hay>\\xff\\xfe</Hay>");
      default -> throw new IllegalArgumentException(change);
    };
  }
}
