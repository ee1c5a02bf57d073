/**
 * How a feature says which keys it has, and how they are read from YAML with every problem at its
 * line. Start reading at {@code Shape}.
 */
@NullMarked
package io.terminator.admin.config.format;

import org.jspecify.annotations.NullMarked;
