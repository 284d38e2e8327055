/// Users as the catalog keeps them: in memory for every request, sealed in needles and rows.
///
/// Belongs here: the store's key, sealing of secrets, the table of users. Belongs elsewhere: signatures and what a user
/// may do (`s3-gateway`).
@NullMarked
package hayloft.filer.users;

import org.jspecify.annotations.NullMarked;
