/**
 * The life of the process from start to the last connection: signals and notifications to the
 * service manager. Start reading at {@code Lifetime}.
 */
@NullMarked
package io.terminator.admin.lifecycle;

import org.jspecify.annotations.NullMarked;
