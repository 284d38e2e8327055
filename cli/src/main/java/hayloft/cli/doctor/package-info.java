/// `hayloft doctor`: looks at the machine, at a store's directories and at a running server, and says for each thing
/// that is not as it should be why that matters and what to do; and packs a support archive without secrets.
///
/// Belongs here: checks, and what they advise. Belongs elsewhere: figures over time (`/metrics`), checks of every byte
/// (`hayloft volume verify`).
@NullMarked
package hayloft.cli.doctor;

import org.jspecify.annotations.NullMarked;
