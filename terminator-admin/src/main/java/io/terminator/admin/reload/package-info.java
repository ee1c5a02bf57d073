/** The source of the configuration, and the outcomes and numbers of its reloads. */
@NullMarked
package io.terminator.admin.reload;

import org.jspecify.annotations.NullMarked;
