/**
 * Declares configuration keys and reads them from YAML; every problem has its line. Start reading
 * at {@code Shape}.
 */
@NullMarked
package io.terminator.admin.config.format;

import org.jspecify.annotations.NullMarked;
