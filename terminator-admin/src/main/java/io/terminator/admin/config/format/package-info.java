/**
 * How a feature declares its keys, and how they are read from YAML with every problem reported at its line. Start
 * reading at {@code Shape}.
 */
@NullMarked
package io.terminator.admin.config.format;

import org.jspecify.annotations.NullMarked;
