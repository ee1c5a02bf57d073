/** Resolves the names of servers, outside the workers. Start reading at {@code NameResolver}. */
@NullMarked
package io.terminator.admin.resolve;

import org.jspecify.annotations.NullMarked;
