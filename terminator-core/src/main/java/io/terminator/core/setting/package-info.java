/**
 * Values in the configuration: sizes and addresses, each with one parser and one format. Support:
 * imports no phase.
 */
@NullMarked
package io.terminator.core.setting;

import org.jspecify.annotations.NullMarked;
