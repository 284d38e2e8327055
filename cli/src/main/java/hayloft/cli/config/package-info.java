/// One configuration for every command: flags, then `HAYLOFT_*` variables, then one YAML file, then defaults.
///
/// The options of the classes in [hayloft.cli.config.Settings] are the only list of settings; keys, variables, `config
/// show` and the tables in docs/configuration.md come from them. Belongs here: where a value comes from, what a value
/// may be, how a wrong one is refused. Belongs elsewhere: what a setting does (`server` and the other commands).
@NullMarked
package hayloft.cli.config;

import org.jspecify.annotations.NullMarked;
