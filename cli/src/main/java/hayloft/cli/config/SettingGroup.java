package hayloft.cli.config;

import static java.lang.annotation.ElementType.TYPE;
import static java.lang.annotation.RetentionPolicy.RUNTIME;

import java.lang.annotation.Retention;
import java.lang.annotation.Target;

/// Marks a mixin whose options are settings: they may also stand in the environment and in the configuration file.
/// Options elsewhere are flags only.
@Retention(RUNTIME)
@Target(TYPE)
public @interface SettingGroup {

  /// What the settings are for: the heading of their table in docs/configuration.md.
  String value();
}
