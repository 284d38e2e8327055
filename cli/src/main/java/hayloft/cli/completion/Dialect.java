package hayloft.cli.completion;

/// The shells that completion is written for.
enum Dialect {
  BASH,
  ZSH,
  FISH;

  /// The whole script.
  String script(CommandTree tree) {
    return switch (this) {
      case BASH -> BashScript.of(tree);
      case ZSH -> ZshScript.of(tree);
      case FISH -> FishScript.of(tree);
    };
  }

  /// What is one word to each of them, whatever is in it.
  static String quoted(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }
}
