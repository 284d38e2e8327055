/// Whether a role serves, for probes and people: `/healthz` and `/readyz` on every port.
///
/// Belongs here: readiness and the handler that tells it. Belongs elsewhere: figures (`/metrics`), what a role serves
/// otherwise.
@NullMarked
package hayloft.common.health;

import org.jspecify.annotations.NullMarked;
