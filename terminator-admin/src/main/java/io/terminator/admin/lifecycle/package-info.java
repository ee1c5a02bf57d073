/** From the start to the last connection: signals, and what the service manager is told. Start reading at {@code Lifetime}. */
@NullMarked
package io.terminator.admin.lifecycle;

import org.jspecify.annotations.NullMarked;
