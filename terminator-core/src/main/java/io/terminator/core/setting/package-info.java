/**
 * Values an operator writes: sizes and addresses, each with one parser and one spelling. Support: imports no phase.
 */
@NullMarked
package io.terminator.core.setting;

import org.jspecify.annotations.NullMarked;
