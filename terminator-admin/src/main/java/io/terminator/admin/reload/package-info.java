/** Where the configuration is read from again, what came of it, and how often. */
@NullMarked
package io.terminator.admin.reload;

import org.jspecify.annotations.NullMarked;
