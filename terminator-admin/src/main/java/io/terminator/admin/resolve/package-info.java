/** Turns the names of servers into addresses, away from the workers. Start reading at {@code NameResolver}. */
@NullMarked
package io.terminator.admin.resolve;

import org.jspecify.annotations.NullMarked;
